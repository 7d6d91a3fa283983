/** A browser without a window: cookies, forms and redirects, and every header as an attacker would like it. */
import { type Dispatcher, request } from "undici";

/** An answer, whole. */
export interface Answer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly text: string;
  /** Where it leads: a redirect, or a page that loads the next one by itself. */
  readonly next: URL | undefined;
}

interface Cookie {
  readonly origin: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
  readonly attributes: string;
}

type Headers = Record<string, string>;

let addresses = 0;

/**
 * The header of somebody at an address that nobody else has, as the trusted proxy before the gateway writes it: limits
 * hang on addresses too, and one attack's must not be met by the next.
 */
export function ownAddress(): Headers {
  return { "x-forwarded-for": `2001:db8:${(++addresses).toString(16)}::1` };
}

/** Most redirects that are followed. */
const MOST_HOPS = 20;

const unescaped = (text: string): string =>
  text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");

/** Somebody with a browser. */
export class Visitor {
  readonly cookies: Cookie[] = [];
  readonly #address = ownAddress();

  /** The value of a cookie of an origin. */
  cookie(origin: string, name: string): string | undefined {
    return this.cookies.find((one) => one.origin === origin && one.name === name)?.value;
  }

  /** Plants a cookie, as a neighbour on the same host could. */
  plant(origin: string, name: string, value: string): void {
    this.#keep(new URL(origin), `${name}=${value}; Path=/`);
  }

  get(url: string | URL, headers: Headers = {}): Promise<Answer> {
    return this.send("GET", url, headers);
  }

  /** Sends a form as a page of the same site does, unless `headers` say otherwise. */
  post(url: string | URL, form: Record<string, string> | [string, string][], headers: Headers = {}): Promise<Answer> {
    const body = new URLSearchParams(form).toString();
    const own = { origin: new URL(url).origin, "sec-fetch-site": "same-origin" };
    return this.send("POST", url, { "content-type": "application/x-www-form-urlencoded", ...own, ...headers }, body);
  }

  async send(method: "GET" | "POST" | "PUT", url: string | URL, headers: Headers, body?: string): Promise<Answer> {
    const at = new URL(url);
    const cookie = this.cookies
      .filter((one) => one.origin === at.origin && `${at.pathname}/`.startsWith(one.path.replace(/\/?$/, "/")))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
    const answer = await request(at, {
      method,
      headers: { accept: "text/html", ...this.#address, ...(cookie === "" ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.body.text();
    for (const set of [answer.headers["set-cookie"] ?? []].flat()) this.#keep(at, String(set));
    const location = answer.headers["location"] as string | undefined;
    const refresh = /http-equiv="refresh" content="0;url=([^"]*)"/.exec(text)?.[1];
    const to = location ?? (refresh === undefined ? undefined : unescaped(refresh));
    const next = to !== undefined && URL.canParse(to, at.href) ? new URL(to, at) : undefined;
    return { url: at, status: answer.statusCode, headers: answer.headers, text, next };
  }

  /** Follows redirects while they stay at one of these origins. The last answer; its `next` is where it would have left to. */
  async follow(answer: Answer, ...origins: readonly string[]): Promise<Answer> {
    let last = answer;
    for (let hop = 0; hop < MOST_HOPS; hop++) {
      if (last.next === undefined || !origins.includes(last.next.origin)) return last;
      last = await this.get(last.next);
    }
    throw new Error(`More than ${MOST_HOPS} redirects from ${answer.url.pathname}`);
  }

  #keep(at: URL, set: string): void {
    const [pair = "", ...attributes] = set.split(";").map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf("="));
    const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? "/";
    const gone = attributes.some((part) => /^max-age=0$/i.test(part) || /^expires=Thu, 01 Jan 1970/i.test(part));
    const same = this.cookies.findIndex((one) => one.origin === at.origin && one.name === name && one.path === path);
    if (same >= 0) this.cookies.splice(same, 1);
    const value = pair.slice(name.length + 1);
    if (!gone) this.cookies.push({ origin: at.origin, path, name, value, attributes: attributes.join("; ") });
  }
}

/** The token of a page's (first) form. */
export const csrfOf = (html: string): string => /name="csrf" value="([^"]*)"/.exec(html)?.[1] ?? "";
