import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import { qrCode } from "../../src/doors/web/qr.ts";

/** Modules of the picture without its quiet zone; true is dark. */
function modulesOf(svg: string): boolean[][] {
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]) - 8;
  const modules = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  for (const [, x, y] of svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g))
    (modules[Number(y) - 4] as boolean[])[Number(x) - 4] = true;
  return modules;
}

describe("QR codes (ISO/IEC 18004)", () => {
  const text = (length: number) => `otpauth://totp/${"Ab3/?=&%".repeat(40)}`.slice(0, length);

  it("are drawn as those that an independent reader (zbar 0.23) read back", () => {
    const known = {
      5: "29c1c6287674191c",
      106: "b213b3de05b6aff9",
      154: "313294ee4024070f",
      230: "467e2275ec0e9598",
      271: "7102c224d0926a88",
    };
    const found = Object.fromEntries(
      Object.keys(known).map((length) => [length, hash("sha256", qrCode(text(Number(length)))).slice(0, 16)]),
    );
    assert.deepEqual(found, known);
  });

  it("grow with the text, keep their finders, and end at 271 bytes", () => {
    const sizes = [5, 107, 135, 155, 193, 231].map((length) => modulesOf(qrCode(text(length))).length);
    assert.deepEqual(sizes, [37, 41, 45, 49, 53, 57]);
    const modules = modulesOf(qrCode(text(120)));
    const row = (y: number) =>
      modules[y]
        ?.slice(0, 8)
        .map((dark) => (dark ? "#" : "."))
        .join("");
    assert.deepEqual([0, 1, 2, 6, 7].map(row), ["#######.", "#.....#.", "#.###.#.", "#######.", "........"]);
    assert.throws(() => qrCode(text(272)), RangeError);
  });
});
