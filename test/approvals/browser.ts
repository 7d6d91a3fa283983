/** A signed-in person without a browser's window: cookies, forms, the API. */
import { request } from "undici";

export interface Visit {
  readonly status: number;
  readonly text: string;
}

export class Person {
  readonly #base: string;
  readonly #cookies = new Map<string, string>();
  constructor(base: string) {
    this.#base = base;
  }

  /** Signs in with a password of the gateway. */
  async signIn(login: string, password: string): Promise<this> {
    const { text } = await this.get("/sign-in");
    const visit = await this.#send("POST", "/sign-in/local", { csrf: csrfIn(text), login, password, to: "/me" });
    if (visit.status !== 303) throw new Error(`Signing in ended with ${visit.status}: ${visit.text}`);
    return this;
  }

  get(path: string): Promise<Visit> {
    return this.#send("GET", path);
  }

  /** Sends the form of a page with the token that the page has. */
  async post(path: string, fields: Record<string, string>, page = path): Promise<Visit> {
    const { text } = await this.get(page);
    return this.#send("POST", path, { csrf: csrfIn(text), ...fields });
  }

  /** Asks the API. */
  async api(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }> {
    const csrf = method === "GET" ? "" : csrfIn((await this.get("/me")).text);
    const json = body === undefined ? undefined : JSON.stringify(body);
    const { status, text } = await this.#send(method, path, json, csrf);
    return { status, body: text === "" ? undefined : JSON.parse(text) };
  }

  async #send(method: string, path: string, sent?: Record<string, string> | string, csrf?: string): Promise<Visit> {
    const form = typeof sent === "object";
    const { statusCode, headers, body } = await request(`${this.#base}${path}`, {
      method: method as "GET",
      headers: {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "),
        ...(csrf === undefined || csrf === "" ? {} : { "x-csrf": csrf }),
        ...(sent === undefined
          ? {}
          : { "content-type": form ? "application/x-www-form-urlencoded" : "application/json" }),
      },
      body: form ? new URLSearchParams(sent).toString() : sent,
    });
    for (const line of [headers["set-cookie"] ?? []].flat()) {
      const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split(/=(.*)/s);
      if (value === "") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return { status: statusCode, text: await body.text() };
  }
}

function csrfIn(text: string): string {
  const found = /name="csrf" value="([^"]+)"/.exec(text)?.[1];
  if (found === undefined) throw new Error(`No form is on this page: ${text.slice(0, 400)}`);
  return found;
}
