import type { JsonObject } from "../../kernel/json.ts";

/** Shorter secrets are not searched: they would be found in ordinary words. */
const MIN_LENGTH = 8;
/** Sets of secrets that are remembered: the current one and those before it, which a late answer may still hold. */
const MAX_SETS = 4;
const REMOVED = "[credential removed]";

/**
 * Takes the gateway's own secrets out of what a server sends, so that a server which repeats them (an error with the
 * request in it, a dump of its environment) does not hand them on (C1, invariant 5). A server that means to tell them can
 * write them in a way that is not known here.
 */
export class Echoes {
  #sets: { readonly key: string; readonly forms: readonly string[] }[] = [];
  /** What a text is searched for: no form that holds another one. */
  #search: readonly string[] = [];
  /** What is taken out, longest first. */
  #remove: readonly string[] = [];
  #found: (type: string, detail: JsonObject) => void;

  /** @param report hears `upstream.credential.echoed` for each text with a secret */
  constructor(report: (type: string, detail: JsonObject) => void) {
    this.#found = report;
  }

  /** What is sent from now on. @param secrets the whole value and the secret parts of it */
  learn(secrets: readonly string[]): void {
    const key = JSON.stringify(secrets);
    if (this.#sets[0]?.key === key) return;
    const set = { key, forms: secrets.flatMap(formsOf) };
    this.#sets = [set, ...this.#sets.filter((each) => each.key !== key)].slice(0, MAX_SETS);
    const all = [...new Set(this.#sets.flatMap(({ forms }) => forms))].sort((a, b) => b.length - a.length);
    this.#remove = all;
    this.#search = all.filter((form) => !all.some((other) => other !== form && form.includes(other)));
  }

  /** @param text one message, JSON not parsed yet @returns the same text where no secret is in it */
  clean(text: string): string {
    if (this.#search.length === 0) return text;
    let held = text;
    if (!this.#holds(held)) {
      // JSON may write any character in another way (RFC 8259, 7).
      if (!text.includes("\\u00") && !text.includes("\\/")) return text;
      held = unescaped(text);
      if (!this.#holds(held)) return text;
    }
    for (const form of this.#remove) held = held.replaceAll(form, REMOVED);
    this.#found("upstream.credential.echoed", {});
    return held;
  }

  #holds(text: string): boolean {
    for (const form of this.#search) if (text.includes(form)) return true;
    return false;
  }
}

/** The secret as it is, percent-encoded (RFC 3986; also as a form), and in base64, each as it stands in a JSON string. */
function formsOf(secret: string): string[] {
  if (secret.length < MIN_LENGTH) return [];
  const plain = [secret];
  // The name and password of HTTP Basic (RFC 7617), which a server decodes.
  const basic = /^(?:Basic )?([A-Za-z0-9+/]{8,}={0,2})$/i.exec(secret);
  if (basic !== null) {
    const decoded = Buffer.from(basic[1] as string, "base64").toString();
    if (/^[\x20-\x7e]+:[\x20-\x7e]+$/.test(decoded)) plain.push(decoded, decoded.slice(decoded.indexOf(":") + 1));
  }
  return plain
    .filter((each) => each.length >= MIN_LENGTH)
    .flatMap((each) => {
      const percent = encodeURIComponent(each.toWellFormed());
      const base64 = Buffer.from(each).toString("base64").replace(/=+$/, "");
      return [
        each,
        // As in a tool's text that is JSON itself.
        inString(each),
        percent,
        percent.replace(/%../g, (code) => code.toLowerCase()),
        percent.replaceAll("%20", "+"),
        base64,
        base64.replaceAll("+", "-").replaceAll("/", "_"),
      ];
    })
    .map(inString);
}

/** A text as it stands in a JSON string. */
function inString(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A JSON text with its visible ASCII characters written plainly; it means the same. */
function unescaped(text: string): string {
  return text.replace(/\\(?:u00([2-7][0-9a-fA-F])|[^])/g, (whole, hex: string | undefined) => {
    if (whole === "\\/") return "/";
    if (hex === undefined) return whole;
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return character === '"' || character === "\\" ? `\\${character}` : character;
  });
}
