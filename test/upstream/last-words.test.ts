import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ServerProcess } from "../../src/adapters/upstream-stdio/process.ts";

/** Writes a long line and 999 short ones, and is gone. */
const SERVER = `
const { writeSync } = require("node:fs");
let text = JSON.stringify({ id: 1, pad: "x".repeat(70000) }) + "\\n";
for (let id = 2; id <= 1000; id++) text += JSON.stringify({ id, pad: "y".repeat(100) }) + "\\n";
const bytes = Buffer.from(text);
for (let at = 0; at < bytes.length; ) try { at += writeSync(1, bytes, at); } catch (error) { if (error.code !== "EAGAIN") throw error; }
process.exit(0);
`;

test("W3: all that a server wrote before it ended is read, in order, also behind a line that takes its time", async () => {
  for (let run = 0; run < 3; run++) {
    const heard: number[] = [];
    await new Promise((ended) => {
      new ServerProcess({
        argv: [process.execPath, "-e", SERVER],
        cwd: tmpdir(),
        env: {},
        maxLine: () => 1 << 20,
        line(bytes) {
          const { id } = JSON.parse(bytes.toString()) as { id: number };
          if (bytes.length < 1_000) return void heard.push(id);
          return (async () => {
            for (let at = 0; at < 50; at++) await turn();
            heard.push(id);
          })();
        },
        ended,
      });
    });
    assert.deepEqual(
      heard,
      Array.from({ length: 1000 }, (_, at) => at + 1),
    );
  }
});
