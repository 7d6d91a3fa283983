import { refuse } from "../../kernel/errors.ts";

/**
 * How many calls may be under way at once: of one credential, and to one server (L6). A call that finds no room is
 * refused at once, so that a slow server fills no queue of anybody else.
 */
export function createConcurrency(perCredential: number, perServer: (server: string) => number) {
  const credentials = new Map<string, number>();
  const servers = new Map<string, number>();

  const leave = (counts: Map<string, number>, key: string): void => {
    const left = (counts.get(key) ?? 1) - 1;
    if (left === 0) counts.delete(key);
    else counts.set(key, left);
  };

  return {
    /** Takes a place; the returned function gives it back. Throws `Refused` (`rate_limited`, `upstream_busy`). */
    enter(tenant: string, credential: string, server: string): () => void {
      const holder = `${tenant}\n${credential}`;
      const mine = credentials.get(holder) ?? 0;
      if (mine >= perCredential)
        refuse("rate_limited", `This key has ${mine} calls under way, which is the most. Wait for one to end.`, {
          rule: `${perCredential} calls at once`,
          control: "L6",
          retryAfter: 1,
          executed: "no",
        });
      const there = servers.get(server) ?? 0;
      if (there >= perServer(server))
        refuse(
          "upstream_busy",
          `The server ${server} has ${there} calls under way, which is the most. Try again in a moment.`,
          {
            rule: `${perServer(server)} calls at once`,
            control: "L6",
            retryAfter: 1,
            executed: "no",
          },
        );
      credentials.set(holder, mine + 1);
      servers.set(server, there + 1);
      return () => {
        leave(credentials, holder);
        leave(servers, server);
      };
    },
  };
}
