import { parentPort } from "node:worker_threads";
import { screenResult } from "../domain/inspection/screen-result.ts";
import type { TextScreen } from "../domain/inspection/screen-text.ts";
import { screenValue } from "../domain/inspection/screen-value.ts";
import type { JsonObject } from "../kernel/json.ts";

/** What the thread is asked: one result or what one call sends, whole. */
export interface Long {
  readonly value: JsonObject;
  readonly screen: TextScreen;
}

// A fault ends the thread, and with it the answers that wait for it.
parentPort?.on("message", ({ id, question: { value, screen } }: { id: number; question: Long }) => {
  const reply = screen.surface === "result" ? screenResult(value, screen) : screenValue(value, screen);
  parentPort?.postMessage({ id, reply });
});
