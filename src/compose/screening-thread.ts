import { parentPort } from "node:worker_threads";
import { screenResult } from "../domain/inspection/screen-result.ts";
import type { TextScreen } from "../domain/inspection/screen-text.ts";
import type { JsonObject } from "../kernel/json.ts";

/** What the thread is asked: one result, whole. */
export interface LongResult {
  readonly result: JsonObject;
  readonly screen: TextScreen;
}

// A fault ends the thread, and with it the answers that wait for it.
parentPort?.on("message", ({ id, question }: { id: number; question: LongResult }) => {
  parentPort?.postMessage({ id, reply: screenResult(question.result, question.screen) });
});
