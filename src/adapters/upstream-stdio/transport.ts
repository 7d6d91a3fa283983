import { JsonFault } from "../../protocol/json.ts";
import type { RpcMessage } from "../../protocol/jsonrpc.ts";
import type { Echoes } from "../upstream-link/echoes.ts";
import { loss } from "../upstream-link/exchange.ts";
import { answersList, boundsOf, faultText, isLong, readBytes, readInTurns } from "../upstream-link/reading.ts";
import type { LinkSettings } from "../upstream-link/settings.ts";
import type { Hearing, Outgoing, Sent, Transport } from "../upstream-link/transport.ts";
import { ServerProcess } from "./process.ts";
import type { ProcessEnd, ProcessOptions } from "./process.ts";

/** Messages without an answer among them before a process counts as flooding. */
const MAX_UNANSWERED = 10_000;
/** Requests that were given up and whose late answers are no surprise. */
const MAX_GIVEN_UP = 1_000;
const OPENING_BRACE = 123;

/** What calls are refused with whose process ended. @param why of its `ProcessEnd` */
export function refusalOfEnd(why: string): "upstream_invalid" | "upstream_unavailable" {
  return /^(?:wrote|used)/.test(why) ? "upstream_invalid" : "upstream_unavailable";
}

/** One process whose input and output carry newline-delimited JSON-RPC (MCP, stdio). */
export class StdioTransport implements Transport {
  readonly onePipe = true;
  #process: ServerProcess;
  #settings: LinkSettings;
  #bounds: ReturnType<typeof boundsOf>;
  /** Lists that were asked for and not answered yet. */
  #lists = new Set<number>();
  #echoes: Echoes;
  #waiting = new Map<number, Hearing>();
  #givenUp = new Set<number>();
  #unanswered = 0;
  #lastId = 0;
  #stray: (message: RpcMessage) => void = () => {};
  #dead: (why: string) => void = () => {};
  /** Why the process is over; undefined while it runs. */
  over: string | undefined;

  /** Starts the process. @param echoes knows the secrets in its environment @param ended called once when it is over, after all who wait were told */
  constructor(
    settings: LinkSettings,
    echoes: Echoes,
    start: Omit<ProcessOptions, "line" | "ended" | "maxLine">,
    ended: (end: ProcessEnd) => void,
  ) {
    this.#settings = settings;
    this.#echoes = echoes;
    this.#bounds = boundsOf(settings.maxResultBytes);
    this.#process = new ServerProcess({
      ...start,
      maxLine: () => this.#bound.bytes,
      line: (bytes) => this.#line(bytes),
      ended: (end) => {
        this.#end(end);
        ended(end);
      },
    });
  }

  nextId(): number {
    return ++this.#lastId;
  }

  strays(message: (message: RpcMessage) => void, dead: (why: string) => void): void {
    this.#stray = message;
    this.#dead = dead;
  }

  request(out: Outgoing, hearing: Hearing): Sent {
    const { name } = this.#settings;
    if (!this.#write(out.text)) {
      const what = this.over === undefined ? "does not read its input" : "is not running";
      queueMicrotask(() =>
        hearing.end(
          loss(
            this.over === undefined ? "upstream_busy" : "upstream_unavailable",
            `The process of the server ${name} ${what}.`,
            "no",
          ),
        ),
      );
      return { sent: false, abort: () => {} };
    }
    this.#waiting.set(out.id, hearing);
    if (answersList(out.method)) this.#lists.add(out.id);
    return { sent: true, abort: () => this.#giveUp(out.id) };
  }

  async post(text: string): Promise<void> {
    this.#write(text);
  }

  agreed(): void {
    // A pipe needs no further step.
  }

  close(): Promise<void> {
    return this.#process.close();
  }

  /** What the next line may have. */
  get #bound() {
    return this.#lists.size > 0 ? this.#bounds.list : this.#bounds.result;
  }

  #write(text: string): boolean {
    // Between the tokens of a JSON text a line break is white space; on the pipe it would end the message.
    return this.over === undefined && this.#process.write(/[\r\n]/.test(text) ? text.replace(/[\r\n]/g, " ") : text);
  }

  #giveUp(id: number): void {
    this.#lists.delete(id);
    if (!this.#waiting.delete(id)) return;
    this.#givenUp.add(id);
    for (const oldest of this.#givenUp) {
      if (this.#givenUp.size <= MAX_GIVEN_UP) break;
      this.#givenUp.delete(oldest);
    }
  }

  #line(bytes: Buffer): undefined | Promise<void> {
    if (++this.#unanswered > MAX_UNANSWERED) {
      this.#process.kill("wrote message after message without an answer");
      return undefined;
    }
    const text = bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes;
    const { limits } = this.#bound;
    if (isLong(text))
      return readInTurns(text, limits, this.#echoes).then(
        (message) => this.#message(message),
        (error: unknown) => this.#unreadable(bytes, error),
      );
    let message: RpcMessage;
    try {
      message = readBytes(text, limits, this.#echoes);
    } catch (error) {
      this.#unreadable(bytes, error);
      return undefined;
    }
    this.#message(message);
    return undefined;
  }

  #message(message: RpcMessage): void {
    if (message.kind !== "response") return this.#stray(message);
    const id = Number(message.id);
    const hearing = this.#waiting.get(id);
    if (hearing === undefined) {
      if (!this.#givenUp.delete(id)) this.#stray(message);
      return;
    }
    this.#unanswered = 0;
    hearing.message(message, false);
    if (!hearing.settled) return;
    this.#waiting.delete(id);
    this.#lists.delete(id);
  }

  /** Some servers print to their output; only what began like a message and is none can have been the answer. */
  #unreadable(bytes: Buffer, error: unknown): void {
    const text = faultText(error);
    this.#settings.log.info("upstream.line_unreadable", { server: this.#settings.name, why: text });
    if (bytes[0] !== OPENING_BRACE || !(error instanceof JsonFault) || this.#waiting.size !== 1) return;
    const [[id, hearing]] = [...this.#waiting] as [[number, Hearing]];
    this.#waiting.delete(id);
    this.#lists.delete(id);
    hearing.end(
      loss("upstream_invalid", `The server ${this.#settings.name} sent an invalid message: ${text}.`, "unknown"),
    );
  }

  #end({ why, expected }: ProcessEnd): void {
    this.over = why;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#dead(why);
    const message = expected
      ? `The process of the server ${this.#settings.name} was ended.`
      : `The process of the server ${this.#settings.name} ${why}.`;
    for (const hearing of waiting) hearing.end(loss(refusalOfEnd(why), message, "unknown"));
  }
}
