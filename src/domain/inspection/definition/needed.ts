import { NUMBERS, sizeOfLexicon } from "./concepts.ts";
import type { Sentence } from "./sentence.ts";
import type { Sign } from "./sign.ts";

/** Signs that are looked for together: those that a sentence cannot show, for want of words, cost nothing. */
export class Signs {
  readonly #signs: readonly Sign[];
  /** Integers per row of bits. */
  readonly #width: number;
  /** One table per group of needs: by concept, the bits of the signs that it meets the group of. */
  #groups: readonly Int32Array[] | undefined;
  /** One row per group: the bits of the signs that have no such group. */
  #free: readonly Int32Array[] = [];
  readonly #possible: Int32Array;
  readonly #met: Int32Array;

  constructor(signs: readonly Sign[]) {
    this.#signs = signs;
    this.#width = Math.ceil(signs.length / 32);
    this.#possible = new Int32Array(this.#width);
    this.#met = new Int32Array(this.#width);
  }

  /** Made when the first text is read: until then modules add words to the lexicon. */
  #made(): readonly Int32Array[] {
    const count = this.#signs.reduce((most, { needs }) => Math.max(most, needs.length), 1);
    const width = this.#width;
    const free = Array.from({ length: count }, () => new Int32Array(width));
    const groups = free.map(() => new Int32Array(sizeOfLexicon() * width));
    const set = (bits: Int32Array, from: number, sign: number) => {
      const at = from + (sign >> 5);
      bits[at] = (bits[at] as number) | (1 << (sign & 31));
    };
    for (const [sign, { needs }] of this.#signs.entries())
      for (let group = 0; group < count; group++) {
        const wanted = needs[group];
        if (wanted === undefined) set(free[group] as Int32Array, 0, sign);
        else
          for (const one of wanted)
            set(groups[group] as Int32Array, (typeof one === "number" ? one : NUMBERS[one]) * width, sign);
      }
    this.#free = free;
    return (this.#groups = groups);
  }

  /** The signs whose needs the sentence meets, in their order. `see` answers whether to stop. */
  each(sentence: Sentence, see: (sign: Sign, sentence: Sentence) => boolean): void {
    const groups = this.#groups ?? this.#made();
    const possible = this.#possible;
    for (let row = 0; row < this.#width; row++) possible[row] = -1;
    for (let group = 0; group < groups.length; group++)
      if (!this.#meet(group, groups[group] as Int32Array, sentence)) return;
    for (let row = 0; row < this.#width; row++)
      for (let bits = possible[row] as number; bits !== 0; bits &= bits - 1) {
        const sign = this.#signs[row * 32 + 31 - Math.clz32(bits & -bits)];
        if (sign !== undefined && see(sign, sentence)) return;
      }
  }

  /** Strikes out the signs whose group is not met; answers whether any is left. */
  #meet(group: number, table: Int32Array, sentence: Sentence): boolean {
    const width = this.#width;
    const met = this.#met;
    const free = this.#free[group] as Int32Array;
    for (let row = 0; row < width; row++) met[row] = free[row] as number;
    const { concepts, firstMark, lastMark } = sentence;
    for (let i = firstMark; i < lastMark; i++) {
      const from = (concepts[i] as number) * width;
      for (let row = 0; row < width; row++) met[row] = (met[row] as number) | (table[from + row] as number);
    }
    let left = 0;
    for (let row = 0; row < width; row++)
      left |= this.#possible[row] = (this.#possible[row] as number) & (met[row] as number);
    return left !== 0;
  }
}
