import type { Context } from "hono";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import type { GivenProof } from "../../domain/identity/granting-proof.ts";
import { same } from "../../domain/identity/browser-sessions.ts";
import { refuse } from "../../kernel/errors.ts";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";
import { JsonFault, parseJson } from "../../protocol/json.ts";
import type { WebEnv } from "./environment.ts";
import { checkOrigin, readBody } from "./form.ts";

const LIMITS = { maxDepth: 8, maxNodes: 1_000, maxString: 4_096 };

/** Whose browser asks. @throws Refused where nobody is signed in */
export function signedIn(c: Context<WebEnv>): BrowserSession {
  return (
    c.var.session ??
    refuse("unauthenticated", "Sign in first: this is for administrators who are signed in.", { control: "I1" })
  );
}

/** Who asks for a change: our own pages send the token of their session as the header `x-csrf`. @throws Refused */
export function changing(c: Context<WebEnv>): BrowserSession {
  checkOrigin(c);
  const session = signedIn(c);
  if (!same(c.req.header("x-csrf") ?? "", session.csrf))
    refuse("forbidden_origin", "The header x-csrf must hold the token of this session. Nothing was changed.", {
      path: "x-csrf",
      control: "I11",
    });
  return session;
}

/** The fields of a request's JSON object; none where there is no body. */
export class Fields {
  readonly #of: JsonObject;
  constructor(of: JsonObject) {
    this.#of = of;
  }

  text(name: string): string | undefined {
    const value = this.#of[name];
    return value === undefined || typeof value === "string" ? value : wrong(name, "a text");
  }
  texts(name: string): readonly string[] | undefined {
    const value = this.#of[name];
    if (value === undefined) return undefined;
    const isText = (item: Json): item is string => typeof item === "string";
    return Array.isArray(value) && value.every(isText) ? value : wrong(name, "a list of texts");
  }
  /** What proves who asks; never part of a message. */
  proof(name: string): GivenProof | undefined {
    const value = this.#of[name];
    if (value === undefined) return undefined;
    if (!isObject(value) || Object.keys(value).some((key) => !["login", "password", "code"].includes(key)))
      return wrong(name, "an object with password, and with login and code where they are needed");
    const { login, password, code } = value;
    if (typeof password !== "string" || ![login, code].every((one) => one === undefined || typeof one === "string"))
      return wrong(name, "an object of texts, with a password");
    return {
      password,
      ...(typeof login === "string" ? { login } : {}),
      ...(typeof code === "string" ? { code } : {}),
    };
  }
  /** A whole number, zero or more. */
  number(name: string): number | undefined {
    const value = this.#of[name];
    if (value === undefined) return undefined;
    return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : wrong(name, "a whole number");
  }
}

/**
 * Reads a small JSON object strictly.
 * @param known the names of all fields
 * @throws Refused where it is another type, too large, no JSON object, or has an unknown field
 */
export async function readFields(c: Context<WebEnv>, known: readonly string[]): Promise<Fields> {
  const text = await readBody(c);
  if (text === "") return new Fields({});
  const type = c.req.header("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/json")
    refuse("wrong_content_type", "The body is sent as application/json.", { control: "W4" });
  const value = parsed(text);
  if (!isObject(value)) return refuse("invalid_request", "The body must be a JSON object.", { control: "W4" });
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined)
    refuse(
      "invalid_request",
      `${JSON.stringify(unknown.slice(0, 64))} is no field here (known: ${known.join(", ")}).`,
      {
        path: unknown.slice(0, 64),
        control: "W4",
      },
    );
  return new Fields(value);
}

function parsed(text: string): Json {
  try {
    return parseJson(text, LIMITS);
  } catch (error) {
    if (error instanceof JsonFault) return refuse("parse_error", error.message, { control: "W4" });
    throw error;
  }
}

function wrong(name: string, what: string): never {
  return refuse("invalid_request", `${name} must be ${what}.`, { path: name, control: "W4" });
}
