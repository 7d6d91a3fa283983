import type { Talk } from "../../kernel/call.ts";
import type { Ending } from "../../kernel/ending.ts";
import type { JsonObject } from "../../kernel/json.ts";
import { isLogged } from "../../protocol/capabilities.ts";
import { notificationText } from "../../protocol/jsonrpc.ts";
import type { Outlet } from "./outlet.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { StreamLog } from "./stream-log.ts";

/** What the caller hears of one call of its session: on a stream of that call, which is there from the first word on. */
export class LegacyTalk implements Talk {
  readonly signal: Ending;
  readonly wantsProgress: boolean;
  readonly logLevel: string;
  /** Undefined while nothing was said. */
  stream: StreamLog | undefined;
  readonly #token: string | number | undefined;
  readonly #session: Session;
  readonly #sessions: Sessions;
  readonly #outlet: Outlet;

  /** @param token of progress; undefined: the caller wants none. @param outlet where the stream begins */
  constructor(
    signal: Ending,
    token: string | number | undefined,
    session: Session,
    sessions: Sessions,
    outlet: Outlet,
  ) {
    this.signal = signal;
    this.wantsProgress = token !== undefined;
    this.logLevel = session.logLevel;
    this.#token = token;
    this.#session = session;
    this.#sessions = sessions;
    this.#outlet = outlet;
  }

  /** The stream, which begins here at the latest. */
  open(): StreamLog {
    if (this.stream === undefined) {
      this.stream = this.#sessions.stream(this.#session);
      this.stream.attach(this.#outlet, 0);
    }
    return this.stream;
  }

  progress(params: JsonObject): void {
    if (this.#token !== undefined)
      this.open().append(notificationText("notifications/progress", { ...params, progressToken: this.#token }));
  }

  log(params: JsonObject): void {
    if (isLogged(params["level"], this.#session.logLevel))
      this.open().append(notificationText("notifications/message", params));
  }

  poll(retryMs: number): void {
    if (this.#session.version === "2025-11-25") this.open().poll(retryMs);
  }
}
