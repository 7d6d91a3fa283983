import assert from "node:assert/strict";
import { test } from "node:test";
import { Ending, type EndSignal } from "../../src/kernel/ending.ts";

test("the end of a call is told once, with its reason, to all who listen; not to who left or came too late", () => {
  // The platform's own signal says what is expected.
  for (const make of [
    () => new Ending(),
    () => {
      const control = new AbortController();
      return Object.assign(control.signal, { abort: (reason: unknown) => control.abort(reason) });
    },
  ]) {
    const call: EndSignal & { abort(reason: unknown): void } = make();
    const told: string[] = [];
    const left = (): void => void told.push("left");
    call.addEventListener("abort", () => void told.push(`first ${call.aborted} ${call.reason}`));
    call.addEventListener("abort", left);
    call.addEventListener("abort", () => void told.push("last"));
    call.removeEventListener("abort", left);
    assert.equal(call.aborted, false);
    call.abort("over");
    call.abort("again");
    call.addEventListener("abort", () => void told.push("late"));
    assert.deepEqual(told, ["first true over", "last"]);
    assert.equal(call.reason, "over");
  }
});
