/** The last so many names that were added, each with a number. A Map alone would look at all that it forgot to find its oldest. */
export class Places {
  readonly #most: number;
  readonly #numbers = new Map<string, number>();
  /** In the order in which they came, from `#oldest` on. */
  #names: string[] = [];
  #oldest = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The number that a name was first added with; undefined: it is not there. */
  get(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  /** Adds a name that is not there yet; where there are too many, the oldest goes. */
  add(name: string, number: number): void {
    if (this.#numbers.has(name)) return;
    this.#numbers.set(name, number);
    if (this.#names.length < this.#most) {
      this.#names.push(name);
      return;
    }
    this.#numbers.delete(this.#names[this.#oldest] as string);
    this.#names[this.#oldest] = name;
    this.#oldest = (this.#oldest + 1) % this.#most;
  }

  clear(): void {
    this.#numbers.clear();
    this.#names = [];
    this.#oldest = 0;
  }
}
