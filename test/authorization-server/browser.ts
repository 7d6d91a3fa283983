/** A form of a page, as the browser would send it. */
export interface Form {
  readonly action: string;
  readonly hidden: ReadonlyMap<string, string>;
  readonly boxes: readonly { readonly value: string; readonly checked: boolean }[];
  readonly spans: readonly string[];
}

/** Where following links and redirects ended. */
export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of this gateway, the page's path and query. */
  readonly at: string;
  readonly form?: Form | undefined;
  /** The address off this gateway that the browser was sent to. */
  readonly left?: URL;
}

/** A scripted browser: a cookie jar with paths, redirects, `meta refresh`, forms. Nothing is sent off the gateway. */
export class Browser {
  readonly cookies = new Map<string, { value: string; path: string }>();
  readonly #address: string;
  readonly #base: string;

  constructor(address: string, base: string) {
    this.#address = address;
    this.#base = base;
  }

  async open(url: string, init: RequestInit = {}): Promise<Page> {
    let at = new URL(url, this.#base);
    for (let hop = 0, send = init; hop < 15; hop++, send = {}) {
      if (at.origin !== new URL(this.#base).origin)
        return { status: 0, headers: new Headers(), text: "", at: "", left: at };
      const path = `${at.pathname}${at.search}`;
      const headers = new Headers(send.headers);
      headers.set("cookie", this.#cookiesFor(at.pathname));
      if (!headers.has("accept")) headers.set("accept", "text/html");
      const answer = await fetch(`${this.#address}${path}`, { ...send, headers, redirect: "manual" });
      for (const line of answer.headers.getSetCookie()) this.#keep(line);
      const text = await answer.text();
      const next =
        answer.headers.get("location") ?? unescaped(/http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1]);
      if (next === undefined || next === null)
        return { status: answer.status, headers: answer.headers, text, at: path, form: formOf(text) };
      at = new URL(next, at);
    }
    throw new Error("The browser is led in a circle");
  }

  /** Sends a consent page's form. @param tick what to tick; undefined: what is ticked */
  async allow(page: Page, tick?: readonly string[]): Promise<Page> {
    return this.#send(page, "allow", tick);
  }

  async deny(page: Page): Promise<Page> {
    return this.#send(page, "deny", []);
  }

  async #send({ form }: Page, decision: string, tick?: readonly string[]): Promise<Page> {
    if (form === undefined) throw new Error("There is no form on the page");
    const ticked = tick ?? form.boxes.filter((box) => box.checked).map((box) => box.value);
    const fields = [
      ...form.hidden,
      ...ticked.map((scope) => ["scope", scope] as const),
      ["decision", decision] as const,
    ];
    if (form.spans[0] !== undefined) fields.push(["span", form.spans[0]]);
    const body = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value]));
    return this.open(form.action, { method: "POST", body, headers: { origin: this.#base } });
  }

  #cookiesFor(path: string): string {
    const mine = [...this.cookies].filter(
      ([, cookie]) => path === cookie.path || path.startsWith(cookie.path === "/" ? "/" : `${cookie.path}/`),
    );
    return mine.map(([key, { value }]) => `${key.split(" ")[0]}=${value}`).join("; ");
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const at = pair.indexOf("=");
    const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? "/";
    const name = pair.slice(0, at);
    const key = path === "/" ? name : `${name} ${path}`;
    const gone = attributes.some((one) => /^expires=Thu, 01 Jan 1970/i.test(one) || /^max-age=0$/i.test(one));
    if (gone) this.cookies.delete(key);
    else this.cookies.set(key, { value: pair.slice(at + 1), path });
  }
}

function formOf(text: string): Form | undefined {
  const action = /<form method="post" action="([^"]+)"/.exec(text)?.[1];
  if (action === undefined) return undefined;
  const hidden = new Map(
    [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map((m) => [m[1] ?? "", m[2] ?? ""]),
  );
  const boxes = [...text.matchAll(/<input type="checkbox" name="scope" value="([^"]+)"( checked)?/g)];
  return {
    action,
    hidden,
    boxes: boxes.map((m) => ({ value: m[1] ?? "", checked: m[2] !== undefined })),
    spans: [...text.matchAll(/<option value="([^"]+)"/g)].map((m) => m[1] ?? ""),
  };
}

function unescaped(text: string | undefined): string | undefined {
  return text?.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
}
