import { argon2, timingSafeEqual } from "node:crypto";
import { refuse } from "../../kernel/errors.ts";
import type { Random } from "../../ports/world.ts";

/** Argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, two passes, one lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const TAG_BYTES = 32;
const SALT_BYTES = 16;
/** Fewest characters, and most bytes (what is longer would only cost time). */
const SHORTEST = 12;
const LONGEST_BYTES = 1024;
const FEWEST_DIFFERENT = 5;

/** So many are hashed at a time, so many wait; the rest is refused (L6). */
const AT_ONCE = 2;
const MOST_WAITING = 30;

/** What is wrong with a password that somebody chooses; undefined: nothing. */
export function passwordFault(password: string, login: string): string | undefined {
  const text = password.normalize("NFKC");
  const letters = [...text];
  if (letters.length < SHORTEST)
    return `The password has ${letters.length} characters; at least ${SHORTEST} are needed. Several words make a good one.`;
  if (Buffer.byteLength(text) > LONGEST_BYTES) return `The password may have at most ${LONGEST_BYTES} bytes.`;
  const name = login.split("@", 1)[0] as string;
  if (new Set(letters).size < FEWEST_DIFFERENT || (name.length > 3 && text.toLowerCase().includes(name.toLowerCase())))
    return "The password is too easy to guess: it repeats few characters, or holds the login. Several words make a good one.";
  return undefined;
}

/** Hashes and checks passwords, off the main thread. */
export interface Passwords {
  /** `$argon2id$v=19$m=…,t=…,p=…$salt$hash` */
  hash(password: string): Promise<string>;
  /** Constant time; with `undefined` it takes the time of a check and answers false. */
  matches(password: string, encoded: string | undefined): Promise<boolean>;
}

/** @throws Refused (`rate_limited`), from its functions, where too many wait already */
export function createPasswords(random: Random): Passwords {
  let running = 0;
  const waiting: (() => void)[] = [];

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) {
      if (waiting.length >= MOST_WAITING)
        refuse("rate_limited", "Too many sign-ins at this moment. Try again in a few seconds.", {
          control: "L6",
          retryAfter: 5,
        });
      // Whoever ends hands its place over, so that `running` stays.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  }

  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = Buffer.from(random.bytes(SALT_BYTES));
        const tag = await derive(password, salt, { memory: MEMORY_KIB, passes: PASSES, lanes: LANES });
        return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${bare(salt)}$${bare(tag)}`;
      }),
    matches: (password, encoded) =>
      inTurn(async () => {
        const kept = encoded === undefined ? undefined : read(encoded);
        const cost = kept ?? { memory: MEMORY_KIB, passes: PASSES, lanes: LANES };
        const tag = await derive(password, kept?.salt ?? Buffer.alloc(SALT_BYTES), cost);
        return timingSafeEqual(tag, kept?.tag ?? Buffer.alloc(TAG_BYTES)) && kept !== undefined;
      }),
  };
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly lanes: number;
}

function derive(password: string, nonce: Buffer, { memory, passes, lanes }: Cost): Promise<Buffer> {
  const message = Buffer.from(password.normalize("NFKC")).subarray(0, LONGEST_BYTES + 1);
  const parameters = { message, nonce, memory, passes, parallelism: lanes, tagLength: TAG_BYTES };
  return new Promise((resolve, reject) => {
    argon2("argon2id", parameters, (error, tag) => (error === null ? resolve(tag) : reject(error)));
  });
}

function read(encoded: string): (Cost & { salt: Buffer; tag: Buffer }) | undefined {
  const found = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d)\$([\w+/]+)\$([\w+/]+)$/.exec(encoded);
  if (found === null) return undefined;
  const [, memory, passes, lanes, salt = "", hash = ""] = found;
  const tag = Buffer.from(hash, "base64");
  if (tag.length !== TAG_BYTES) return undefined;
  const cost = { memory: Number(memory), passes: Number(passes), lanes: Number(lanes) };
  return { ...cost, salt: Buffer.from(salt, "base64"), tag };
}

const bare = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
