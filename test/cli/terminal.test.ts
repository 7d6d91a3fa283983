import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

// A terminal of its own for each command (script(1), util-linux), as a person has one.

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const folder = mkdtempSync(join(tmpdir(), "cardea-terminal-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "cardea.yaml"), "servers: {}\naccess: [{ role: reader, allow: [] }]\n");

const PASSWORD = "seven words that nobody guesses";

/** Runs a command on a terminal; after each prompt that is awaited its answer is typed. */
async function typed(command: string, answers: readonly (readonly [prompt: string, answer: string])[]) {
  const child = spawn("script", ["-qec", `${process.execPath} ${MAIN} ${command}`, "/dev/null"], { cwd: folder });
  let screen = "";
  let at = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const next = answers[at];
    if (next === undefined || !screen.endsWith(next[0])) return;
    at += 1;
    child.stdin.write(next[1]);
  });
  const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(late);
  return { code, screen, asked: at };
}

test("I11: on a terminal the proof is asked for, and a password is never shown", async () => {
  const first = await typed("users create owner --administrator", [
    ["new password of owner: ", `${PASSWORD}\r`],
    ["once more: ", `${PASSWORD}\r`],
  ]);
  assert.deepEqual([first.code, first.asked], [0, 2], first.screen);
  const create = "keys create --owner service:a --role reader";
  const made = await typed(create, [
    ["login: ", "ownr\u007f\u007fner\r"],
    ["password: ", `wrong\u0015${PASSWORD}\r`],
  ]);
  assert.equal(made.code, 0, made.screen);
  assert.match(made.screen, /login: ownr[\b ]+ner/);
  assert.match(made.screen, /ck_dev_/);
  for (const { screen } of [first, made]) assert.ok(!screen.includes(PASSWORD), "the password is on the screen");
  const left = await typed(create, [["login: ", "\u0003"]]);
  assert.equal(left.code, 2);
  assert.match(left.screen, /\n *Nothing was done/);
});

test("I9: on a terminal offboarding asks what is meant", async () => {
  const no = await typed("offboard service:a", [["[y/N] ", "n\r"]]);
  assert.deepEqual([no.code, no.asked], [1, 1], no.screen);
  assert.match(no.screen, /offboard service:a\? It ends 1 keys?, 0 consents/);
  const yes = await typed("offboard service:a", [["[y/N] ", "y\r"]]);
  assert.equal(yes.code, 0, yes.screen);
  assert.match(yes.screen, /service:a is offboarded/);
});
