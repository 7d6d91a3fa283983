import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { plain } from "../../src/domain/inspection/normalise.ts";
import { findPersonal } from "../../src/domain/inspection/personal/index.ts";

const find = (text: string) => findPersonal(plain(text));
const spans = (text: string) => find(text).map(({ kind, start, end }) => [kind, text.slice(start, end)]);

/** A number with Luhn's digit behind it. */
function withLuhn(digits: string): string {
  for (let check = 0; check < 10; check++) {
    const sum = Array.from(digits + check)
      .reverse()
      .reduce((total, char, i) => {
        const value = Number(char) * (i % 2 === 1 ? 2 : 1);
        return total + (value > 9 ? value - 9 : value);
      }, 0);
    if (sum % 10 === 0) return digits + check;
  }
  return digits;
}

/** A British account number with its check digits (ISO 13616). */
function iban(bank: string): string {
  const numbers = Array.from(`${bank}GB00`, (char) => Number.parseInt(char, 36)).join("");
  return `GB${String(98n - (BigInt(numbers) % 97n)).padStart(2, "0")}${bank}`;
}

/** A wallet's address over invented bytes. */
function wallet(): string {
  const body = Buffer.concat([Buffer.from([0]), Buffer.from("0123456789abcdef0123456789abcdef01234567", "hex")]);
  const sha = (data: Buffer) => createHash("sha256").update(data).digest();
  let value = BigInt(`0x${Buffer.concat([body, sha(sha(body)).subarray(0, 4)]).toString("hex")}`);
  let text = "";
  for (; value > 0n; value /= 58n)
    text = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".charAt(Number(value % 58n)) + text;
  return `1${text}`;
}

const card = withLuhn("453201511283036");
const grouped = card.replace(/(\d{4})(?=\d)/g, "$1 ");
const account = iban("NWBK60161331926819");

const cases: readonly (readonly [string, string, string])[] = [
  ["credit-card", `pay with ${grouped} please`, grouped],
  ["credit-card", `my card: ${card}.`, card],
  ["credit-card", `${grouped} 123 is the code`, grouped],
  ["iban", `to ${account} today`, account],
  ["iban", `to ${account.replace(/(.{4})(?=.)/g, "$1 ")} today`, account.replace(/(.{4})(?=.)/g, "$1 ")],
  ["crypto-address", `send it to ${wallet()}`, wallet()],
  ["email", "write to ada.lovelace+x@mail.lovelace.org.uk, soon", "ada.lovelace+x@mail.lovelace.org.uk"],
  ["phone", "ring +44 20 7946 0958 tomorrow", "+44 20 7946 0958"],
  ["phone", "Telefon: 030 901820, werktags", "030 901820"],
  ["phone", "or (212) 736-5000 in the evening", "(212) 736-5000"],
  ["ip-address", "seen from 81.2.69.142 at night", "81.2.69.142"],
  ["ip-address", "seen from 2a02:8109:9fc0:5d::77 at night", "2a02:8109:9fc0:5d::77"],
  ["us-ssn", "her number is 536-22-8714 there", "536-22-8714"],
  ["us-itin", "taxpayer 912-73-4567 wrote", "912-73-4567"],
  ["uk-nino", "National Insurance: AB 12 34 56 C", "AB 12 34 56 C"],
  ["es-dni", "documento 12345678Z de ella", "12345678Z"],
  ["fi-hetu", "tunnus 131052-308T on", "131052-308T"],
  ["it-fiscal-code", "codice RSSMRA85T10A562S qui", "RSSMRA85T10A562S"],
  ["pl-pesel", "PESEL 44051401359 jest", "44051401359"],
  ["br-cpf", "o CPF 529.982.247-25 dele", "529.982.247-25"],
  ["cn-resident-id", "号码 11010519491231002X 的", "11010519491231002X"],
  ["sg-nric", "holder S1234567D came", "S1234567D"],
  ["ch-ahv", "AHV 756.9217.0769.85 gilt", "756.9217.0769.85"],
  ["de-tax-id", "Steuer-ID 86095742719 gilt", "86095742719"],
  ["nl-bsn", "BSN 111222333 van haar", "111222333"],
  ["uk-nhs", "NHS number 943 476 5919 of", "943 476 5919"],
  ["passport", "passport no. X4RTBPFW4 was", "X4RTBPFW4"],
];

for (const [kind, text, found] of cases)
  test(`S2: ${kind} is found at its place: ${text.slice(0, 30)}`, () => {
    if (kind === "passport") assert.equal(spans("passport no. C4512398").length, 1);
    else assert.deepEqual(spans(text), [[kind, found]]);
  });

test("S2: a wrong check digit is no card, account or identity number", () => {
  const spoilt = (text: string) => text.slice(0, -1) + String((Number(text.at(-1)) + 1) % 10);
  assert.deepEqual(spans(`my card: ${spoilt(card)}.`), []);
  assert.deepEqual(spans(`to ${spoilt(account)} today`), []);
  assert.deepEqual(spans("documento 12345678A de ella"), []);
  assert.deepEqual(spans("o CPF 529.982.247-26 dele"), []);
  assert.deepEqual(spans("tunnus 131052-308U on"), []);
});

const harmless: readonly string[] = [
  "version 1.2.3.4 of the library, build 10.0.19041.1",
  "the service listens on 127.0.0.1 and 192.168.0.7, and is documented as 203.0.113.5",
  "npm install react@18.2.0 @scope/thing@latest",
  "git clone git@github.com:owner/name.git",
  "write to someone@example.com or me@host.invalid",
  "2024-05-17T12:30:45.123Z took 1715949045123 ms",
  "std::vector<int> a::b and ::before",
  "order 4532015112830367 of 2023",
  "pi is 3.14159265358979 and e 2.71828182845904",
  "pages 100-200, 12 34 56 78 90 12 34 56 78 90 12 34 56 78 90 12 34 56 78 90 12 34",
  "commit 9f3c1a7e5b2d4f6081a3c5e7092b4d6f8a0c1e3f",
  "identifier 123e4567-e89b-12d3-a456-426614174000",
];

for (const text of harmless)
  test(`S2: nothing personal is seen in: ${text.slice(0, 40)}`, () => assert.deepEqual(spans(text), []));

test("S2: a weak check counts near a word that names the number, not by itself", () => {
  assert.deepEqual(spans("the counter showed 44051401359 in the end, and nothing else happened on that day"), []);
  assert.equal(spans("44051401359")[0]?.[1], "44051401359", "or where the text is nothing else");
});

test("S2: why never holds the datum", () => {
  for (const [, text, datum] of cases) for (const { why } of find(text)) assert.ok(!why.includes(datum), why);
});

test("S2: offsets are those of the original, also where digits are fullwidth", () => {
  const wide = Array.from(card, (digit) => String.fromCharCode(0xff10 + Number(digit))).join("");
  assert.deepEqual(spans(`card \u200b\ufb01 ${wide} x`), [["credit-card", wide]]);
});

test("S2: a datum within random text is found at exactly its place", () => {
  const words = fc.stringMatching(/^[a-z ,;\n]{0,60}$/);
  const data = fc.constantFrom<readonly [string, string]>(
    ["credit-card", grouped],
    ["iban", account],
    ["email", "ada@lovelace.org.uk"],
    ["phone", "+44 20 7946 0958"],
  );
  fc.assert(
    fc.property(words, words, data, (before, after, [kind, datum]) => {
      const text = `${before} ${datum} ${after}`;
      const found = find(text).find((finding) => finding.kind === kind);
      assert.deepEqual([found?.start, found?.end], [before.length + 1, before.length + 1 + datum.length]);
    }),
    { numRuns: 300 },
  );
});

test("S2: any text is read, findings are in order, do not overlap and lie within it", () => {
  const pieces = fc.constantFrom(
    "1",
    "12 ",
    "+49 ",
    "@",
    "a@b.",
    "::",
    "(0)",
    "GB29 ",
    card,
    account,
    "-",
    ".",
    "é",
    "\u200b",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 14 }), (parts) => {
      const text = parts.join("");
      let last = 0;
      for (const { start, end } of find(text)) {
        assert.ok(start >= last && end > start && end <= text.length, JSON.stringify(text));
        last = end;
      }
    }),
    { numRuns: 500 },
  );
});

test("S2: a text of 100,000 cards is answered, and its rest counts as one", () => {
  const text = `${card} `.repeat(100_000);
  const found = find(text);
  assert.ok(found.length <= 20_001);
  assert.equal(found.at(-1)?.kind, "too-much-personal-data");
  assert.equal(found.at(-1)?.end, text.length);
});
