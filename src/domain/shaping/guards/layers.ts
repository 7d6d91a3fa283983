/** How often encodings are taken off; what hides deeper is refused. */
const MOST_LAYERS = 3;

/** Overlong UTF-8 in percent-encoding, which some decoders take for ASCII (RFC 3629, section 10). */
const OVERLONG = /%(?:c[01]|e0%[89]|f0%8|f8|fc)/i;

/** Characters that some readers turn into a slash, backslash, quote or dot, and that NFKC leaves. */
const BEST_FIT: ReadonlyMap<string, string> = new Map([
  ["\u2215", "/"],
  ["\u2044", "/"],
  ["\u29f8", "/"],
  ["\u2216", "\\"],
  ["\u29f5", "\\"],
  ["\u02b9", "'"],
  ["\u02bc", "'"],
  ["\u2032", "'"],
]);

const BEST_FITTING = new RegExp(`[${[...BEST_FIT.keys()].join("")}]`, "g");

/**
 * A text in every form that a reader could make of it: as it is, with percent-encodings taken off up to three times, and with
 * compatibility characters folded.
 * @returns undefined where the encodings do not end, or are overlong
 */
export function layersOf(text: string): string[] | undefined {
  const layers = [text];
  for (let layer = text; ; ) {
    if (OVERLONG.test(layer)) return undefined;
    const next = decoded(layer);
    if (next === layer) break;
    if (layers.length > MOST_LAYERS) return undefined;
    layers.push((layer = next));
  }
  for (const layer of [...layers]) {
    const folded = layer.normalize("NFKC").replace(BEST_FITTING, (char) => BEST_FIT.get(char) ?? char);
    if (!layers.includes(folded)) layers.push(folded);
  }
  return layers;
}

/** Takes off one layer of percent-encoding, also `%uXXXX`; what is no encoding stays. */
function decoded(text: string): string {
  return (
    text
      // Hexadecimal spellings of dot, slash and backslash that some decoders take.
      .replace(/(?:0x|\\x|\\u00)(2[ef]|5c)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
        try {
          return decodeURIComponent(run);
        } catch {
          return run.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
        }
      })
  );
}
