import { parentPort } from "node:worker_threads";
import { screenResult } from "../domain/inspection/screen-result.ts";
import type { TextScreen } from "../domain/inspection/screen-text.ts";
import { type ScreenedValue, screenValue } from "../domain/inspection/screen-value.ts";
import { letOthersFirst } from "../adapters/threads/priority.ts";
import type { Json, JsonObject } from "../kernel/json.ts";

/** What the thread is asked: one result or what one call sends, whole. */
export interface Long {
  readonly value: JsonObject;
  readonly screen: TextScreen;
}

/** What it answers; without a value where nothing of it changed, so that megabytes need not go back. */
export type Said = Omit<ScreenedValue, "value"> & { readonly value: Json | undefined };

letOthersFirst();

// A fault ends the thread, and with it the answers that wait for it.
parentPort?.on("message", ({ id, question: { value, screen } }: { id: number; question: Long }) => {
  const said = screen.surface === "result" ? screenResult(value, screen) : screenValue(value, screen);
  const reply: Said = said.value === value ? { ...said, value: undefined } : said;
  parentPort?.postMessage({ id, reply });
});
