import { refuse } from "../../kernel/errors.ts";

/** Calls under way of one credential or to one server; kept while there are any. */
interface Running {
  calls: number;
}

/**
 * How many calls may be under way at once: of one credential, and to one server (L6). A call that finds no room is
 * refused at once, so that a slow server fills no queue of anybody else.
 */
export function createConcurrency(perCredential: number, perServer: (server: string) => number) {
  /** By tenant, of which there are few, and credential. */
  const tenants = new Map<string, Map<string, Running>>();
  const servers = new Map<string, Running>();

  return {
    /** Takes a place; the returned function gives it back. Throws `Refused` (`rate_limited`, `upstream_busy`). */
    enter(tenant: string, credential: string, server: string): () => void {
      const credentials = tenants.get(tenant) ?? new Map<string, Running>();
      if (credentials.size === 0) tenants.set(tenant, credentials);
      const mine = credentials.get(credential) ?? { calls: 0 };
      if (mine.calls >= perCredential)
        refuse("rate_limited", `This key has ${mine.calls} calls under way, which is the most. Wait for one to end.`, {
          rule: `${perCredential} calls at once`,
          control: "L6",
          retryAfter: 1,
          executed: "no",
        });
      const there = servers.get(server) ?? { calls: 0 };
      if (there.calls >= perServer(server))
        refuse(
          "upstream_busy",
          `The server ${server} has ${there.calls} calls under way, which is the most. Try again in a moment.`,
          {
            rule: `${perServer(server)} calls at once`,
            control: "L6",
            retryAfter: 1,
            executed: "no",
          },
        );
      if (mine.calls++ === 0) credentials.set(credential, mine);
      if (there.calls++ === 0) servers.set(server, there);
      return () => {
        if (--mine.calls === 0) credentials.delete(credential);
        if (--there.calls === 0) servers.delete(server);
      };
    },
  };
}
