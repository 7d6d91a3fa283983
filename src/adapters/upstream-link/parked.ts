import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../kernel/json.ts";
import type { Permitted } from "../../kernel/permit.ts";
import type { Exchange, Question } from "./exchange.ts";

/** How long a caller may take to answer, milliseconds. */
const PARKED_MS = 5 * 60_000;
/** Calls of one link that wait for an answer at once. */
const MAX_PARKED = 256;

/** A call that waits until the caller answers. */
export interface ParkedCall {
  /** The running exchange; undefined where it is over and the call will be sent again. */
  readonly exchange: Exchange | undefined;
  readonly questions: readonly Question[];
  readonly method: string;
  readonly target: string;
  /** The leaf credential of its caller; on a shared session nobody else may answer. */
  readonly credential: string;
  readonly params: JsonObject;
}

/** `params` without what answers a question. */
export function withoutAnswers(params: JsonObject): JsonObject {
  const { inputResponses: _responses, requestState: _state, ...asked } = params;
  return asked;
}

/** The calls of one link that wait for their caller. Their ids are random, so that no caller of another link hits one. */
export class Parked {
  #calls = new Map<string, { call: ParkedCall; timer: NodeJS.Timeout }>();
  #expired: (call: ParkedCall) => void;

  /** @param expired called for a call that nobody answered in five minutes */
  constructor(expired: (call: ParkedCall) => void) {
    this.#expired = expired;
  }

  get size(): number {
    return this.#calls.size;
  }

  get full(): boolean {
    return this.#calls.size >= MAX_PARKED;
  }

  /** @param id at least 128 random bits */
  put(id: string, call: ParkedCall): void {
    const timer = setTimeout(() => {
      this.#calls.delete(id);
      this.#expired(call);
    }, PARKED_MS);
    timer.unref();
    this.#calls.set(id, { call, timer });
  }

  /**
   * Takes a call out. It answers to the same method, target and arguments alone: what was judged is what runs (invariant 4).
   * @returns undefined where there is none such
   */
  take(id: unknown, request: Permitted, params: JsonObject): ParkedCall | undefined {
    const entry = typeof id === "string" ? this.#calls.get(id) : undefined;
    if (entry === undefined) return undefined;
    const { call, timer } = entry;
    if (
      call.credential !== request.principal.credential ||
      call.method !== request.method ||
      call.target !== request.target.name
    )
      return undefined;
    if (!isDeepStrictEqual(call.params, withoutAnswers(params))) return undefined;
    clearTimeout(timer);
    this.#calls.delete(id as string);
    return call;
  }

  /** Lets all calls expire now. */
  clear(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { call, timer } of calls) {
      clearTimeout(timer);
      this.#expired(call);
    }
  }
}
