// QR code, ISO/IEC 18004: byte mode, error correction L, versions 5 to 10 (106 to 271 bytes), mask by the rules of 7.8.

/** By version: codewords of data and of correction in each block, and how many blocks of either length. */
const VERSIONS: Readonly<Record<number, { correction: number; blocks: readonly number[]; align: readonly number[] }>> =
  {
    5: { correction: 26, blocks: [108], align: [6, 30] },
    6: { correction: 18, blocks: [68, 68], align: [6, 34] },
    7: { correction: 20, blocks: [78, 78], align: [6, 22, 38] },
    8: { correction: 24, blocks: [97, 97], align: [6, 24, 42] },
    9: { correction: 30, blocks: [116, 116], align: [6, 26, 46] },
    10: { correction: 18, blocks: [68, 68, 69, 69], align: [6, 28, 50] },
  };
/** Around the code, in modules. */
const QUIET = 4;

/**
 * A text as a QR code.
 * @param text at most 271 bytes
 * @returns an SVG document, black on white
 * @throws RangeError where the text is longer
 */
export function qrCode(text: string): string {
  const bytes = Buffer.from(text);
  const found = Object.entries(VERSIONS).find(([version, { blocks }]) => bytes.length <= room(Number(version), blocks));
  if (found === undefined) throw new RangeError("The text is too long for a QR code of version 10");
  const version = Number(found[0]);
  const codewords = interleave(dataOf(bytes, version), version);
  const candidates = MASKS.map((_, mask) => draw(codewords, version, mask));
  const best = candidates.reduce((a, b) => (penalty(b) < penalty(a) ? b : a));
  return svg(best);
}

/** Bytes that fit: the mode takes 4 bits, the length 8, from version 10 on 16. */
function room(version: number, blocks: readonly number[]): number {
  return blocks.reduce((a, b) => a + b, 0) - (version < 10 ? 2 : 3);
}

function dataOf(bytes: Buffer, version: number): number[] {
  const capacity = (VERSIONS[version]?.blocks ?? []).reduce((a, b) => a + b, 0);
  const bits: number[] = [];
  const put = (value: number, length: number): void => {
    for (let at = length - 1; at >= 0; at--) bits.push((value >> at) & 1);
  };
  put(0b0100, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  put(0, Math.min(4, capacity * 8 - bits.length));
  while (bits.length % 8 !== 0) bits.push(0);
  const data: number[] = [];
  for (let at = 0; at < bits.length; at += 8) data.push(bits.slice(at, at + 8).reduce((sum, bit) => sum * 2 + bit, 0));
  for (let pad = 0xec; data.length < capacity; pad ^= 0xec ^ 0x11) data.push(pad);
  return data;
}

/** Arithmetic of GF(256) with the polynomial 0x11d. */
function times(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

/** Reed-Solomon: what is left of the data divided by the generator of this degree. */
function correctionOf(data: readonly number[], degree: number): number[] {
  let generator = [1];
  for (let i = 0, root = 1; i < degree; i++, root = times(root, 2)) {
    const next = Array.from({ length: generator.length + 1 }, () => 0);
    for (const [at, factor] of generator.entries()) {
      next[at] = (next[at] ?? 0) ^ factor;
      next[at + 1] = (next[at + 1] ?? 0) ^ times(factor, root);
    }
    generator = next;
  }
  const rest = Array.from({ length: degree }, () => 0);
  for (const byte of data) {
    const factor = byte ^ (rest.shift() as number);
    rest.push(0);
    for (let at = 0; at < degree; at++) rest[at] = (rest[at] ?? 0) ^ times(generator[at + 1] ?? 0, factor);
  }
  return rest;
}

function interleave(data: readonly number[], version: number): number[] {
  const { blocks, correction } = VERSIONS[version] as (typeof VERSIONS)[number];
  let begin = 0;
  const parts = blocks.map((length) => data.slice(begin, (begin += length)));
  const checks = parts.map((part) => correctionOf(part, correction));
  const column = (rows: readonly (readonly number[])[], at: number) => rows.flatMap((row) => row.slice(at, at + 1));
  const longest = Math.max(...blocks);
  return [
    ...Array.from({ length: longest }, (_, at) => column(parts, at)).flat(),
    ...Array.from({ length: correction }, (_, at) => column(checks, at)).flat(),
  ];
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** Rows of modules; true is dark. */
type Modules = boolean[][];

function draw(codewords: readonly number[], version: number, mask: number): Modules {
  const size = 17 + 4 * version;
  const fixed: (boolean | undefined)[][] = Array.from({ length: size }, () =>
    Array.from({ length: size }, () => undefined),
  );
  const set = (x: number, y: number, dark: boolean): void => {
    const row = fixed[y];
    if (row !== undefined && x >= 0 && x < size) row[x] = dark;
  };
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    for (let dy = -4; dy <= 4; dy++)
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
  const align = VERSIONS[version]?.align ?? [];
  const last = align.at(-1);
  for (const cx of align)
    for (const cy of align) {
      if ((cx === 6 && (cy === 6 || cy === last)) || (cx === last && cy === 6)) continue;
      for (let dy = -2; dy <= 2; dy++)
        for (let dx = -2; dx <= 2; dx++) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
  drawFormat(set, size, mask);
  if (version >= 7) drawVersion(set, size, version);
  return fill(fixed, codewords, size, mask);
}

type Set = (x: number, y: number, dark: boolean) => void;

/** Error correction L (01) and the mask, as a BCH code (7.9). */
function drawFormat(set: Set, size: number, mask: number): void {
  const data = (0b01 << 3) | mask;
  let rest = data;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((data << 10) | rest) ^ 0x5412;
  const bit = (at: number): boolean => ((bits >> at) & 1) === 1;
  for (let at = 0; at < 15; at++) {
    const near = at < 6 ? at : at < 8 ? at + 1 : 0;
    if (at < 8) set(8, near, bit(at));
    else set(at === 8 ? 7 : 14 - at, 8, bit(at));
    if (at < 8) set(size - 1 - at, 8, bit(at));
    else set(8, size - 15 + at, bit(at));
  }
  set(8, size - 8, true);
}

function drawVersion(set: Set, size: number, version: number): void {
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let at = 0; at < 18; at++) {
    const dark = ((bits >> at) & 1) === 1;
    const a = size - 11 + (at % 3);
    const b = Math.floor(at / 3);
    set(a, b, dark);
    set(b, a, dark);
  }
}

/** Codewords go up and down in columns of two from the lower right (7.7.3). */
function fill(
  fixed: readonly (readonly (boolean | undefined)[])[],
  codewords: readonly number[],
  size: number,
  mask: number,
): Modules {
  const modules: Modules = fixed.map((row) => row.map((dark) => dark === true));
  const masked = MASKS[mask] as (x: number, y: number) => boolean;
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++)
      for (const x of [right, right - 1]) {
        const upward = ((right + 1) & 2) === 0;
        const y = upward ? size - 1 - step : step;
        if (fixed[y]?.[x] !== undefined) continue;
        const dark = (((codewords[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) === 1;
        at++;
        (modules[y] as boolean[])[x] = dark !== masked(x, y);
      }
  }
  return modules;
}

/** What makes a code hard to read: long runs, squares, patterns like a finder, too much of one colour (7.8.3). */
function penalty(modules: Modules): number {
  const columns = modules.map((_, x) => modules.map((row) => row[x] === true));
  const lines = [...modules, ...columns].map((line) => line.map((dark) => (dark ? "1" : "0")).join(""));
  let sum = 0;
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    sum += 40 * (line.match(/(?=10111010000|00001011101)/g) ?? []).length;
  }
  for (let y = 1; y < modules.length; y++)
    for (let x = 1; x < modules.length; x++) {
      const [a, b] = [modules[y - 1] as boolean[], modules[y] as boolean[]];
      if (a[x] === a[x - 1] && a[x] === b[x] && b[x] === b[x - 1]) sum += 3;
    }
  const dark = modules.flat().filter(Boolean).length / modules.length ** 2;
  return sum + 10 * Math.floor(Math.abs(dark * 100 - 50) / 5);
}

function svg(modules: Modules): string {
  const size = modules.length + 2 * QUIET;
  const path = modules.flatMap((row, y) =>
    row.flatMap((dark, x) => (dark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path.join("")}"/></svg>`;
}
