import type { ClientProfile } from "../../kernel/call.ts";
import type { JsonObject } from "../../kernel/json.ts";
import type { RpcId } from "../../protocol/jsonrpc.ts";
import type { Exchange, Question } from "./exchange.ts";

/** Requests that an upstream may make of the client in one call. */
const MAX_ASKED = 64;

/** Methods whose answer may be `input_required` (2026-07-28, MRTR); in others nothing can be asked. */
const MAY_ASK = new Set(["tools/call", "prompts/get", "resources/read"]);

/** What upstreams ask in running calls and no caller has been told yet; each call keeps its own. */
export class Questions {
  /** A caller with this profile waits for the exchange. */
  expect(exchange: Exchange, profile: ClientProfile): void {
    if (exchange.settled || !MAY_ASK.has(exchange.method)) return;
    if (exchange.asking === undefined) exchange.asking = { profile, asked: 0, pending: [] };
    else exchange.asking.profile = profile;
  }

  /** What the caller of an exchange can be asked; undefined where it cannot be asked at all. */
  profileOf(exchange: Exchange): ClientProfile | undefined {
    return exchange.asking?.profile;
  }

  /** @param id the upstream's id of its request @returns false where the call asks too much */
  add(exchange: Exchange, id: RpcId, ask: JsonObject): boolean {
    const call = exchange.asking;
    if (call === undefined || call.asked >= MAX_ASKED) return false;
    call.asked++;
    call.pending.push({ key: `q${call.asked}`, ask, id });
    return true;
  }

  /** The questions that wait; they wait no longer. */
  take(exchange: Exchange): Question[] {
    const taken = exchange.asking?.pending.splice(0) ?? [];
    if (exchange.settled) exchange.asking = undefined;
    return taken;
  }

  /** The exchange is over. Questions that wait are kept until they are taken: on a pipe they may be another call's. */
  forget(exchange: Exchange): void {
    if (exchange.asking?.pending.length === 0) exchange.asking = undefined;
  }
}
