import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import fc from "fast-check";
import {
  anchorText,
  checkpointLine,
  checkpointText,
  headerLine,
  linked,
  readCheckpoint,
} from "../../src/adapters/audit-log/chain.ts";
import { keyName } from "../../src/adapters/audit-log/keys.ts";
import { verifyRecord } from "../../src/adapters/audit-log/verify.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { firsts, home, open, record, segmentPath, written } from "./setting.ts";

/** The files of a home. */
const paths = (dir: string) => ({
  log: join(dir, "audit"),
  anchor: join(dir, "audit.anchor"),
  publicKey: join(dir, "audit.pub"),
  sealed: join(dir, "audit.key"),
});

/** Verifies the record of a home. */
const verified = (dir: string, master = dir) => verifyRecord(paths(dir), () => openMasterKey(master, false));

/** What `verify` says: fault and position. */
async function said(dir: string): Promise<string> {
  const found = await verified(dir);
  return found.ok ? "ok" : `${found.fault} ${found.seq}`;
}

/** The lines of a segment: its header, a signature, then record after record with signatures between. */
const linesOf = (dir: string, first = 1) => readFileSync(segmentPath(dir, first), "utf8").split("\n").slice(0, -1);
const putLines = (dir: string, lines: readonly string[], first = 1) =>
  writeFileSync(segmentPath(dir, first), lines.map((line) => `${line}\n`).join(""));

/** Where record `seq` stands in the lines of the first segment, before its second signature. */
const at = (seq: number) => seq + 1;

/** One home with 20 records, and one whose 30 records fill three segments. */
const template = mkdtempSync(join(tmpdir(), "cardea-audit-"));
const rolled = mkdtempSync(join(tmpdir(), "cardea-audit-"));
before(async () => {
  await written(template, 20);
  for (let round = 0; round < 3; round++) await written(rolled, 10, { segment: 1000 });
});
after(() => {
  for (const dir of [template, rolled]) rmSync(dir, { recursive: true });
});

function copyOf(t: TestContext, source: string): string {
  const dir = home(t);
  cpSync(source, dir, { recursive: true });
  return dir;
}

/** Changes a record's reason and keeps its length. */
function falsify(lines: string[], seq: number): void {
  lines[at(seq)] = lines[at(seq)]!.replace('"reason":"ok"', '"reason":"no"');
}

/** The hash and the record of a line. */
const parts = (line: string) => ({ hash: line.slice(17, 81), bytes: line.slice(82) });

/** Makes the hashes anew from `from` to `to`, as somebody would who knows the format. */
function rehash(lines: string[], from: number, to: number): void {
  let { hash } = parts(lines[at(from - 1)]!);
  for (let seq = from; seq <= to; seq++) {
    const { bytes } = parts(lines[at(seq)]!);
    const made = linked(hash, bytes);
    hash = made.hash;
    lines[at(seq)] = made.stored;
  }
}

test("A3: an untouched record verifies, and again after it was continued", async (t) => {
  const dir = copyOf(t, template);
  assert.equal(await said(dir), "ok");
  await written(dir, 2100);
  await written(dir, 5);
  const found = await verified(dir);
  assert.ok(found.ok, JSON.stringify(found));
  assert.equal(found.records, 2125);
  assert.equal(found.unanchored, 0);
  assert.ok(found.checkpoints >= 5);
  assert.match(found.key, /^sha256:[0-9a-f]{64}$/);
});

test("A3: the log goes on in another file when one is full; each begins with what it continues, signed", async (t) => {
  assert.deepEqual(firsts(rolled), [1, 11, 21]);
  const found = await verified(rolled);
  assert.ok(found.ok, JSON.stringify(found));
  assert.deepEqual([found.records, found.unanchored], [30, 0]);
  const [header, signature] = linesOf(rolled, 11);
  const { hash } = parts(linesOf(rolled)[at(10)]!);
  assert.deepEqual({ ...JSON.parse(header!), writer: "" }, { first: 11, format: "cardea-record/1", hash, writer: "" });
  assert.deepEqual(readCheckpoint(Buffer.from(signature!))?.hash, hash);
  const dir = home(t);
  const { records } = await open(dir, { segment: 20_000 });
  for (let n = 0; n < 500; n += 25) {
    await Promise.all(Array.from({ length: 25 }, (_, i) => records.append(record(n + i + 1))));
  }
  await records.close();
  assert.ok(firsts(dir).length > 5);
  assert.equal(await said(dir), "ok");
});

test("A3: any changed byte of any record is named", async (t) => {
  const dir = copyOf(t, template);
  const path = segmentPath(dir);
  const bytes = readFileSync(path);
  const lines = linesOf(dir);
  const place = fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(place, async ([seq, offset, flip]) => {
      const line = lines[at(seq)]!;
      const changed = Buffer.from(bytes);
      // The line feed counts as part of the line.
      changed[bytes.indexOf(line) + (offset % (line.length + 1))]! ^= flip;
      writeFileSync(path, changed);
      assert.equal(await said(dir), `changed ${seq}`);
    }),
    { numRuns: 100 },
  );
});

test("A3: any changed byte and any line that is gone or doubled is a fault, in every file of the log", async (t) => {
  const dir = copyOf(t, rolled);
  const places = fc.tuple(fc.constantFrom(1, 11, 21), fc.nat(), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(places, async ([first, offset, flip]) => {
      const path = segmentPath(dir, first);
      const bytes = readFileSync(path);
      const changed = Buffer.from(bytes);
      changed[offset % bytes.length]! ^= flip;
      writeFileSync(path, changed);
      assert.notEqual(await said(dir), "ok");
      writeFileSync(path, bytes);
    }),
    { numRuns: 100 },
  );
  for (const first of firsts(dir)) {
    const lines = linesOf(dir, first);
    for (let line = 0; line < lines.length; line++) {
      putLines(dir, lines.toSpliced(line, 1), first);
      assert.notEqual(await said(dir), "ok", `without line ${line} of ${first}`);
      putLines(dir, lines.toSpliced(line, 0, lines[line]!), first);
      // A signature that stands twice says nothing wrong.
      if (!lines[line]!.startsWith("sign ")) assert.notEqual(await said(dir), "ok", `line ${line} of ${first} twice`);
    }
    putLines(dir, lines, first);
  }
  assert.equal(await said(dir), "ok");
});

type Tamper = (lines: string[], dir: string) => void;
const swap = (lines: string[], a: number, b: number) => ([lines[a], lines[b]] = [lines[b]!, lines[a]!]);
const replaceAnchor = (dir: string, members: object) => {
  const path = join(dir, "audit.anchor");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...members }));
};
const LAST_SIGNATURE = 22;

const cases: [string, string, Tamper][] = [
  ["a changed record", "changed 7", (lines) => falsify(lines, 7)],
  ["a changed record with its own hash made anew", "changed 7", (lines) => (falsify(lines, 7), rehash(lines, 7, 7))],
  ["a chain made anew from a changed record", "changed 1", (lines) => (falsify(lines, 7), rehash(lines, 7, 20))],
  [
    "a changed hash",
    "changed 7",
    (lines) => (lines[at(7)] = lines[at(7)]!.replace(/ [0-9a-f]{64} /, ` ${"0".repeat(64)} `)),
  ],
  ["a changed link", "changed 7", (lines) => (lines[at(7)] = lines[at(7)]!.replace(/^[0-9a-f]{16}/, "0".repeat(16)))],
  ["a record of another form", "changed 7", (lines) => (lines[at(7)] = parts(lines[at(7)]!).bytes)],
  ["an empty line", "changed 7", (lines) => lines.splice(at(7), 0, "")],
  ["a deleted record", "missing 7", (lines) => lines.splice(at(7), 1)],
  ["several deleted records", "missing 7", (lines) => lines.splice(at(7), 5)],
  ["a doubled record", "reordered 8", (lines) => lines.splice(at(7), 0, lines[at(7)]!)],
  ["two records that changed places", "reordered 7", (lines) => swap(lines, at(7), at(12))],
  ["two neighbours that changed places", "reordered 7", (lines) => swap(lines, at(7), at(8))],
  [
    "two records whose bytes changed places",
    "reordered 7",
    (lines) => {
      const [a, b] = [lines[at(7)]!, lines[at(8)]!];
      lines[at(7)] = a.slice(0, 82) + parts(b).bytes;
      lines[at(8)] = b.slice(0, 82) + parts(a).bytes;
    },
  ],
  ["a deleted header", "changed 1", (lines) => lines.splice(0, 1)],
  ["a changed header", "changed 1", (lines) => (lines[0] = lines[0]!.replace(/"writer":"w_./, '"writer":"w_!'))],
  ["a header of another format", "changed 1", (lines) => (lines[0] = lines[0]!.replace("record/1", "record/2"))],
  ["a deleted first signature", "signature 0", (lines) => lines.splice(1, 1)],
  ["a line before the header", "changed 1", (lines) => lines.unshift(lines[at(20)]!)],
  ["a lost end", "truncated 16", (lines) => lines.splice(at(16))],
  ["a lost end before its signature", "missing 16", (lines) => lines.splice(at(16), 5)],
  [
    "a lost end with its signature, and no anchor",
    "signature 15",
    (lines, dir) => {
      lines.splice(at(16));
      rmSync(join(dir, "audit.anchor"));
    },
  ],
  ["an emptied record", "truncated 1", (lines) => lines.splice(0)],
  [
    "a changed signature",
    "signature 20",
    (lines) => {
      const { signature } = readCheckpoint(Buffer.from(lines[LAST_SIGNATURE]!))!;
      lines[LAST_SIGNATURE] = lines[LAST_SIGNATURE]!.replace(signature, Buffer.alloc(64).toString("base64"));
    },
  ],
  [
    "a signature of the same bytes in other characters (RFC 4648, 3.5)",
    "signature 20",
    (lines) => {
      const line = lines[LAST_SIGNATURE]!;
      const { signature } = readCheckpoint(Buffer.from(line))!;
      const other = signature.replace(/.==$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}==`);
      assert.deepEqual(Buffer.from(other, "base64"), Buffer.from(signature, "base64"));
      lines[LAST_SIGNATURE] = line.replace(signature, other);
    },
  ],
  [
    "a checkpoint of another time",
    "signature 20",
    (lines) => (lines[LAST_SIGNATURE] = lines[LAST_SIGNATURE]!.replace(/"time":\d+/, '"time":1')),
  ],
  ["a deleted checkpoint", "signature 20", (lines) => lines.splice(LAST_SIGNATURE)],
  ["a checkpoint that was moved", "missing 20", (lines) => swap(lines, at(20), LAST_SIGNATURE)],
  ["an anchor that is none", "signature 20", (_, dir) => writeFileSync(join(dir, "audit.anchor"), "{}")],
  ["no anchor", "signature 20", (_, dir) => rmSync(join(dir, "audit.anchor"))],
  ["an anchor moved back", "signature 15", (_, dir) => replaceAnchor(dir, { seq: 15 })],
  ["an anchor moved on", "signature 25", (_, dir) => replaceAnchor(dir, { seq: 25 })],
  [
    "a chain signed anew with another key",
    "signature 20",
    (lines, dir) => {
      falsify(lines, 7);
      rehash(lines, 7, 20);
      const { privateKey } = generateKeyPairSync("ed25519");
      const statement = { before: 0, seq: 20, hash: parts(lines[at(20)]!).hash, time: 1_700_000_000_000 };
      const text = checkpointText(JSON.parse(lines[0]!).writer, statement);
      const signature = sign(null, text, privateKey).toString("base64");
      lines[LAST_SIGNATURE] = checkpointLine({ ...statement, signature });
      const again = sign(null, anchorText(JSON.parse(lines[0]!).writer, statement), privateKey).toString("base64");
      replaceAnchor(dir, { ...statement, signature: again });
    },
  ],
];

for (const [what, expected, tamper] of cases) {
  test(`A3: ${what} is named: ${expected}`, async (t) => {
    const dir = copyOf(t, template);
    const lines = linesOf(dir);
    tamper(lines, dir);
    putLines(dir, lines);
    assert.equal(await said(dir), expected);
  });
}

const files: [string, string, (dir: string) => void][] = [
  ["a deleted first file", "missing 1", (dir) => rmSync(segmentPath(dir))],
  ["a deleted file", "missing 11", (dir) => rmSync(segmentPath(dir, 11))],
  ["a deleted last file", "truncated 21", (dir) => rmSync(segmentPath(dir, 21))],
  ["a renamed file", "missing 11", (dir) => renameSync(segmentPath(dir, 11), segmentPath(dir, 12))],
  ["a file renamed to an earlier one", "reordered 11", (dir) => renameSync(segmentPath(dir, 11), segmentPath(dir, 9))],
  [
    "two files that changed places",
    "reordered 11",
    (dir) => {
      renameSync(segmentPath(dir, 11), join(dir, "kept"));
      renameSync(segmentPath(dir, 21), segmentPath(dir, 11));
      renameSync(join(dir, "kept"), segmentPath(dir, 21));
    },
  ],
  ["an emptied file", "missing 11", (dir) => truncateSync(segmentPath(dir, 11), 0)],
  ["an emptied last file", "truncated 21", (dir) => truncateSync(segmentPath(dir, 21), 0)],
  [
    "a file that lost its last byte",
    "changed 11",
    (dir) => truncateSync(segmentPath(dir), statSync(segmentPath(dir)).size - 1),
  ],
  ["a file that lost its last signature", "signature 10", (dir) => putLines(dir, linesOf(dir).slice(0, -1))],
  [
    "a later header that was changed",
    "changed 11",
    (dir) => putLines(dir, linesOf(dir, 11).with(0, linesOf(dir, 11)[0]!.replace(/"hash":"./, '"hash":"g')), 11),
  ],
  ["a file of another record", "changed 11", (dir) => putLines(dir, otherWriter(linesOf(dir, 11)), 11)],
];

const otherWriter = (lines: string[]) => lines.with(0, lines[0]!.replace(/"writer":"w_[^"]*"/, '"writer":"w_other"'));

for (const [what, expected, tamper] of files) {
  test(`A3: ${what} is named: ${expected}`, async (t) => {
    const dir = copyOf(t, rolled);
    tamper(dir);
    assert.equal(await said(dir), expected);
  });
}

test("A3: a rewritten chain is narrowed down to the records between two signatures", async (t) => {
  const dir = copyOf(t, template);
  await written(dir, 20);
  const lines = linesOf(dir);
  const [signature] = lines.splice(LAST_SIGNATURE, 1);
  falsify(lines, 27);
  rehash(lines, 27, 40);
  lines.splice(LAST_SIGNATURE, 0, signature!);
  putLines(dir, lines);
  const found = await verified(dir);
  assert.ok(!found.ok);
  assert.deepEqual([found.fault, found.seq], ["changed", 21]);
  assert.match(found.message, /21 to 40/);
});

/** Takes record 7 out, and numbers, chains and signs the rest anew with a key of one's own, which is put in the place of the true one. */
function forge(dir: string): string {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const [header] = linesOf(dir);
  const { writer, hash: start } = JSON.parse(header!);
  const made = [header!];
  let [seq, hash, before] = [0, start, -1];
  const signed = (text: typeof anchorText) => {
    const statement = { before, hash, seq, time: 1_700_000_000_000 };
    return { ...statement, signature: sign(null, text(writer, statement), privateKey).toString("base64") };
  };
  made.push(checkpointLine(signed(checkpointText)));
  before = 0;
  for (const line of linesOf(dir).filter((_, place) => place > 1 && place !== at(7))) {
    if (line.startsWith("sign ")) continue;
    const bytes = JSON.stringify({ ...JSON.parse(parts(line).bytes), seq: ++seq });
    const last = hash;
    const { hash: own, stored } = linked(last, bytes);
    hash = own;
    made.push(stored);
  }
  made.push(checkpointLine(signed(checkpointText)));
  putLines(dir, made);
  replaceAnchor(dir, signed(anchorText));
  writeFileSync(join(dir, "audit.pub"), publicKey.export({ format: "pem", type: "spki" }));
  return keyName(publicKey);
}

test("A3: a record made anew with another key, public key and anchor replaced, is told by the master key", async (t) => {
  const dir = copyOf(t, template);
  forge(dir);
  const found = await verified(dir);
  assert.ok(!found.ok);
  assert.deepEqual([found.fault, found.seq], ["signature", 0]);
  assert.match(found.message, /audit\.pub is not the public half of audit\.key/);
  rmSync(join(dir, "audit.key"));
  const gone = await verified(dir);
  assert.match(gone.ok ? "" : gone.message, /audit\.key is missing/);
  const { privateKey } = generateKeyPairSync("ed25519");
  const own = openMasterKey(home(t)).seal(privateKey.export({ format: "der", type: "pkcs8" }), "audit signing key");
  writeFileSync(join(dir, "audit.key"), own);
  const other = await verified(dir);
  assert.match(other.ok ? "" : other.message, /audit\.key does not open with the master key/);
});

test("A3: without the master key a key is not vouched for, which the result says; a copy kept elsewhere tells", async (t) => {
  const dir = copyOf(t, template);
  const kept = join(home(t), "kept.pub");
  copyFileSync(join(dir, "audit.pub"), kept);
  const copied = { ...paths(dir), publicKey: kept, copied: true };
  const none = () => openMasterKey(dir, false);
  assert.equal(((await verified(dir)) as { note?: string }).note, undefined);
  rmSync(join(dir, "master.key"));
  assert.deepEqual(await verifyRecord(copied, none), { ...(await verified(dir)), note: undefined });
  const key = forge(dir);
  const found = await verified(dir);
  assert.ok(found.ok, "nothing in the home tells");
  assert.equal(found.key, key);
  assert.match(found.note ?? "", /not checked against the master key; compare it with your copy of audit\.pub/);
  const told = await verifyRecord(copied, none);
  assert.equal(told.ok ? "ok" : told.fault, "signature");
});

test("A3: a log cut at a signature, with that signature as its anchor, is no shorter record that is intact", async (t) => {
  for (const [source, first] of [
    [template, 1],
    [rolled, 21],
  ] as const) {
    const dir = copyOf(t, source);
    for (let round = 0; round < 3; round++) await written(dir, 5);
    const lines = linesOf(dir, first);
    const signatures = lines.flatMap((line, place) => (line.startsWith("sign ") ? [place] : []));
    assert.ok(signatures.length > 3);
    for (const place of signatures) {
      const cut = copyOf(t, dir);
      putLines(cut, lines.slice(0, place + 1), first);
      const statement = readCheckpoint(Buffer.from(lines[place]!))!;
      replaceAnchor(cut, statement);
      assert.equal(await said(cut), `signature ${statement.seq}`);
      await assert.rejects(open(cut), /The signature of the anchor at record \d+ does not match/);
    }
  }
});

test("A3: a signature that was removed between others is named", async (t) => {
  const dir = copyOf(t, template);
  await written(dir, 5);
  await written(dir, 5);
  const lines = linesOf(dir);
  const second = lines.findIndex((line) => line.includes('"seq":25,"signature"'));
  putLines(dir, lines.toSpliced(second, 1));
  assert.equal(await said(dir), "signature 25");
});

test("A3: a damaged or missing file is named", async (t) => {
  const dir = home(t);
  await written(dir, 200);
  const bytes = readFileSync(segmentPath(dir));
  bytes.fill(0xff, 8 * 4096, 12 * 4096);
  writeFileSync(segmentPath(dir), bytes);
  assert.match(await said(dir), /^changed /);
  rmSync(join(dir, "audit"), { recursive: true });
  assert.equal(await said(dir), "truncated 1");
  rmSync(join(dir, "audit.anchor"));
  await assert.rejects(verified(dir), /There is no record/);
  rmSync(join(dir, "audit.pub"));
  await assert.rejects(verified(dir), /There is no public key/);
});

test("A3: verifies beside a writer, and says what is not signed yet", async (t) => {
  const dir = home(t);
  const { records } = await open(dir);
  let n = 0;
  let going = true;
  const load = (async () => {
    while (going) await Promise.all(Array.from({ length: 32 }, () => records.append(record(++n))));
  })();
  for (let round = 0; round < 10; round++) {
    const found = await verified(dir);
    assert.ok(found.ok, JSON.stringify(found));
    assert.ok(found.unanchored <= found.records);
  }
  going = false;
  await load;
  await records.close();
  const found = await verified(dir);
  assert.ok(found.ok);
  assert.equal(found.records, n);
});

test("A3: a record that lost its end is not continued, because new anchors would hide the loss", async (t) => {
  const dir = copyOf(t, template);
  putLines(dir, linesOf(dir).slice(0, at(16)));
  await assert.rejects(open(dir), /ends at 15; a signature says that it reached 20/);
  rmSync(segmentPath(dir));
  await assert.rejects(open(dir), /a signature says that it reached 20.*cardea audit verify/);
  const other = copyOf(t, template);
  rmSync(join(other, "audit.anchor"));
  await assert.rejects(open(other), /audit\.anchor is missing, and there are 20 records/);
  writeFileSync(join(other, "audit.anchor"), "{}");
  await assert.rejects(open(other), /audit\.anchor is no anchor/);
  const changed = copyOf(t, template);
  const lines = linesOf(changed);
  falsify(lines, 7);
  putLines(changed, lines);
  const before = readFileSync(segmentPath(changed));
  await assert.rejects(open(changed), /Record 7 was changed/);
  assert.deepEqual(readFileSync(segmentPath(changed)), before, "evidence stays as it is");
});

test("A3: only the files from the anchor's on are checked at a start; verify checks all", async (t) => {
  const dir = copyOf(t, rolled);
  const lines = linesOf(dir);
  falsify(lines, 7);
  putLines(dir, lines);
  await written(dir, 5);
  assert.equal(await said(dir), "changed 7");
});

for (const [what, tail] of [
  ["half a record", '0123456789abcdef {"args'],
  ["zeros, as a power cut may leave them", "\0".repeat(4096)],
] as const) {
  test(`invariant 6: ${what} at the end was never acknowledged: no fault, cut off at the next start, which is recorded`, async (t) => {
    const dir = copyOf(t, template);
    writeFileSync(segmentPath(dir), tail, { flag: "a" });
    const torn = await verified(dir);
    assert.ok(torn.ok);
    assert.equal(torn.records, 20);
    await written(dir, 1);
    const found = await verified(dir);
    assert.ok(found.ok, JSON.stringify(found));
    assert.equal(found.records, 22);
    const { type, detail } = JSON.parse(parts(linesOf(dir)[at(22)]!).bytes);
    assert.deepEqual([type, detail], ["record.cut", { bytes: tail.length }]);
  });
}

test("invariant 6: a file whose beginning was cut short is begun again", async (t) => {
  const newest = linesOf(rolled, 21);
  const { writer } = JSON.parse(newest[0]!);
  const header = headerLine({ first: 31, hash: parts(newest[at(10)]!).hash, writer });
  for (const kept of ["", header.slice(0, 20), `${header}\n`, `${header}\nsign {"before"`]) {
    const dir = copyOf(t, rolled);
    writeFileSync(segmentPath(dir, 31), kept);
    assert.equal(await said(dir), "ok");
    await written(dir, 1);
    const found = await verified(dir);
    assert.ok(found.ok, JSON.stringify(found));
    assert.equal(found.records, 31);
    assert.equal(JSON.parse(parts(linesOf(dir, 31)[2]!).bytes).type, "tools/call");
  }
  const begun = home(t);
  await written(begun, 0);
  rmSync(join(begun, "audit.anchor"));
  truncateSync(segmentPath(begun), 30);
  await written(begun, 1);
  assert.equal(await said(begun), "ok");
});

test("A3: the private key that signs is sealed with the master key", async (t) => {
  const dir = home(t);
  await written(dir, 1);
  const sealed = readFileSync(join(dir, "audit.key"));
  assert.throws(() => createPrivateKey({ key: sealed, format: "der", type: "pkcs8" }));
  const key = createPrivateKey({
    key: openMasterKey(dir).open(sealed, "audit signing key"),
    format: "der",
    type: "pkcs8",
  });
  assert.equal(key.asymmetricKeyType, "ed25519");
});
