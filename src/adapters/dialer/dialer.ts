import { lookup as resolve } from "node:dns";
import type { LookupAddress, LookupOptions } from "node:dns";
import type { Socket } from "node:net";
import { buildConnector } from "undici";
import { refuse, Refused } from "../../kernel/errors.ts";
import { isDeclared, parseRange, reachOf, readAddress } from "./addresses.ts";
import type { Range } from "./addresses.ts";
import { ARRIVALS, handsOver } from "./arrivals.ts";

/** Longest time to a usable connection, name resolution and TLS included, milliseconds. */
const CONNECT_MS = 10_000;

/** Where connections may go. */
export interface DialRules {
  /** Declared private ranges in CIDR notation. A metadata or link-local address counts only as `/32` or `/128`. */
  readonly private: readonly string[];
  /** The operator's own URL names loopback literally (see `namesLoopback`), so that loopback may be dialled. */
  readonly loopback: boolean;
}

/** Whether a URL names loopback literally: `localhost`, 127.0.0.0/8 or `[::1]`. A name that resolves to it does not. */
export function namesLoopback(url: URL): boolean {
  return isLoopbackHost(url.hostname);
}

function isLoopbackHost(host: string): boolean {
  if (host === "localhost") return true;
  const address = readAddress(host);
  return address !== undefined && reachOf(address) === "loopback";
}

/**
 * Checks a declared URL: https, or http to loopback alone (W5), without user name and password.
 * @param what how the operator names it, for the error
 * @throws Refused `upstream_unavailable`
 */
export function checkUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:"))
    refuse("upstream_unavailable", `The address of ${what} is not an https URL.`, { executed: "no" });
  if (url.username !== "" || url.password !== "")
    refuse(
      "upstream_unavailable",
      `The address of ${what} holds a user name or password; declare a credential instead.`,
      { executed: "no" },
    );
  if (url.protocol === "http:" && !namesLoopback(url))
    refuse("upstream_unavailable", `The address of ${what} is plain http off loopback; https is needed.`, {
      executed: "no",
    });
  return url;
}

function parseRanges(texts: readonly string[]): Range[] {
  return texts.map(
    (text) =>
      parseRange(text) ??
      refuse("upstream_unavailable", `"${text}" is not an address range in CIDR notation.`, { executed: "no" }),
  );
}

/** Whether one address may be dialled for this host. */
function mayDial(host: string, text: string, rules: DialRules, ranges: readonly Range[]): boolean {
  const address = readAddress(text);
  if (address === undefined) return false;
  const reach = reachOf(address);
  if (reach === "never") return isDeclared(address, ranges, true);
  if (host === "localhost") return rules.loopback && reach === "loopback";
  if (reach === "public" || isDeclared(address, ranges, false)) return true;
  return reach === "loopback" && rules.loopback && isLoopbackHost(host);
}

function refusedAddress(host: string): Refused {
  return new Refused({
    code: "upstream_unavailable",
    message: `The host ${host} is at an address that may not be dialled; declare its range under "private" if it is meant.`,
    control: "C5",
    executed: "no",
  });
}

type LookupCallback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/**
 * The one way out (C5): a connector for undici's `Client`, `Pool` and `Agent` (`connect`). The host is checked as it is spelt
 * (a lookup is never asked for a literal), every address that it resolves to must be allowed, and the address that was
 * really connected is checked again. TLS is verified whatever the environment says; HTTP/2 is not offered.
 * @throws Refused when a declared range is not one
 */
export function createDialer(rules: DialRules): buildConnector.connector {
  const ranges = parseRanges(rules.private);
  const checkedLookup = (host: string, options: LookupOptions, done: LookupCallback): void => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error);
      if (addresses.length === 0 || !addresses.every(({ address }) => mayDial(host, address, rules, ranges)))
        return done(refusedAddress(host));
      const first = addresses[0] as LookupAddress;
      if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
  const connect = buildConnector({
    lookup: checkedLookup,
    timeout: CONNECT_MS,
    rejectUnauthorized: true,
    allowH2: false,
    ...ARRIVALS,
  } as buildConnector.BuildOptions);
  return (options, callback) => {
    const host = options.hostname.startsWith("[") ? options.hostname.slice(1, -1) : options.hostname;
    const plain = options.protocol !== "https:";
    if (
      (plain && !(rules.loopback && isLoopbackHost(host))) ||
      (readAddress(host) !== undefined && !mayDial(host, host, rules, ranges))
    )
      return callback(refusedAddress(host), null);
    connect(options, ((error: Error | null, socket: Socket | null) => {
      if (error !== null || socket === null) return callback(error ?? new Error("no socket"), null);
      if (!mayDial(host, socket.remoteAddress ?? "", rules, ranges)) {
        socket.destroy();
        return callback(refusedAddress(host), null);
      }
      handsOver(socket);
      callback(null, socket);
    }) as buildConnector.Callback);
  };
}
