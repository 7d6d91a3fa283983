import { connect, createServer, type Socket } from "node:net";
import { mark } from "./fuzz-draft.ts";

/** What has been seen on the way to an upstream. */
export interface Tap {
  /** Where the gateway finds the upstream. */
  readonly endpoint: string;
  close(): void;
}

/** Watches what goes upstream: what must not go there, what goes twice, and what is secret. */
export class Watch {
  readonly #forbidden = new Set<string>();
  readonly #seen = new Map<string, number>();
  readonly #secrets: readonly string[];
  readonly faults: string[] = [];

  /** @param secrets texts that must not go upstream */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** Calls that reached an upstream. */
  get calls(): number {
    return this.#seen.size;
  }

  forbid(marks: readonly string[]): void {
    for (const one of marks) this.#forbidden.add(one);
  }

  /** Whether a call went upstream. */
  saw(one: string): boolean {
    return this.#seen.has(one);
  }

  look(text: string): void {
    for (const secret of this.#secrets)
      if (text.includes(secret)) this.faults.push("a credential of a client went upstream");
    for (const [found, n] of text.matchAll(/m(\d{1,12})x[0-9a-z]{1,7}\./g)) {
      if (found !== mark(Number(n))) continue;
      const times = (this.#seen.get(found) ?? 0) + 1;
      this.#seen.set(found, times);
      if (times > 1) this.faults.push(`${found} went upstream ${times} times`);
      if (this.#forbidden.has(found)) this.faults.push(`${found} went upstream and must not`);
    }
  }
}

/** A wire to an upstream on which everything that is sent there is seen. */
export async function tap(upstream: string, watch: Watch): Promise<Tap> {
  const url = new URL(upstream);
  const sockets = new Set<Socket>();
  const server = createServer((inside) => {
    const outside = connect({ port: Number(url.port), host: url.hostname, noDelay: true });
    inside.setNoDelay(true);
    // A mark may be cut in two; nothing else is as long as a mark that is whole.
    let rest = "";
    inside.on("data", (chunk: Buffer) => {
      const text = rest + chunk.toString("latin1");
      const end = text.lastIndexOf("}") + 1;
      watch.look(text.slice(0, end));
      rest = text.slice(end).slice(-4096);
    });
    for (const [from, to] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  return {
    endpoint: `http://127.0.0.1:${port}${url.pathname}`,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
