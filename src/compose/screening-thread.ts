import { parentPort } from "node:worker_threads";
import { screenResult } from "../domain/inspection/screen-result.ts";
import { type Caps, cutResult, exceeds } from "../domain/inspection/cap.ts";
import type { TextScreen } from "../domain/inspection/screen-text.ts";
import { type ScreenedValue, screenValue } from "../domain/inspection/screen-value.ts";
import { letOthersFirst } from "../adapters/threads/priority.ts";
import type { Json, JsonObject } from "../kernel/json.ts";

/** What the thread is asked: one result or what one call sends, whole. */
export interface Long {
  readonly value: JsonObject;
  readonly screen: TextScreen;
  /** What more than this is left of a result that passes is cut here, so that megabytes need not go back. */
  readonly caps?: Caps | undefined;
}

/** What it answers; without a value where nothing of it changed. */
export type Said = Omit<ScreenedValue, "value"> & {
  readonly value: Json | undefined;
  /** All of what was cut, as JSON in UTF-8. */
  readonly whole?: Uint8Array;
};

letOthersFirst();

// A text that cannot be screened is nobody else's fault.
parentPort?.on("message", ({ id, question }: { id: number; question: Long }) => {
  try {
    const { reply, moved } = answer(question);
    parentPort?.postMessage({ id, reply }, moved);
  } catch (error) {
    parentPort?.postMessage({ id, fault: String(error) });
  }
});

/** What was found, and the buffers that move with it. */
function answer({ value, screen, caps }: Long): { readonly reply: Said; readonly moved: ArrayBuffer[] } {
  const said = screen.surface === "result" ? screenResult(value, screen) : screenValue(value, screen);
  const waits = said.verdict === "quarantine";
  if (said.verdict === "block") return { reply: { ...said, value: {} }, moved: [] };
  if (caps === undefined || !(waits || exceeds(said.value, caps)))
    return { reply: said.value === value ? { ...said, value: undefined } : said, moved: [] };
  const whole = new TextEncoder().encode(JSON.stringify(said.value));
  return {
    reply: { ...said, value: waits ? {} : cutResult(said.value as JsonObject, caps), whole },
    moved: [whole.buffer],
  };
}
