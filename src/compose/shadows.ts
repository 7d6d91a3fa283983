import { LOOK_ALIKES } from "../domain/inspection/look-alikes.ts";
import { plain } from "../domain/inspection/normalise.ts";
import type { Entry, Judge } from "../domain/catalogue/view.ts";
import type { Config } from "../config/config.ts";
import type { DefinitionFinding } from "../domain/catalogue/servers-admin.ts";
import { entryName, type Lock, type Pin } from "../domain/pins/index.ts";
import { type Imitation, imitations, type Neighbour, neighbourhood } from "../domain/shaping/shadow.ts";
import type { JsonObject } from "../kernel/json.ts";

/** Look-alikes count in words of one script too: names of tools are Latin. */
const skeleton = (text: string): string =>
  plain(text).text.replace(/[^\u0000-\u007f]/g, (char) => {
    const letter = LOOK_ALIKES.get(char.charCodeAt(0));
    return letter === undefined ? char : String.fromCharCode(letter);
  });

function neighboursOf({ servers }: Lock): Neighbour[] {
  const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
  return Object.entries(servers).flatMap(([server, { definitions }]) =>
    Object.entries(definitions).flatMap(([entry, pins]) =>
      entry.startsWith("tool:")
        ? pins.filter(isGenuine).map(({ definition, at }) => ({
            at,
            server,
            name: entry.slice("tool:".length),
            title: text(definition["title"]),
            description: text(definition["description"]),
          }))
        : [],
    ),
  );
}

/** What a person accepts with a definition that imitates another, in one stable word. */
const ACCEPTED = "imitation:look-alike";
const isGenuine = ({ findings }: Pin): boolean => findings?.includes(ACCEPTED) !== true;

const known = new WeakMap<Lock, ReadonlyMap<string, readonly Neighbour[]>>();

/**
 * How a tool imitates what is approved of other servers (W6).
 * @param servers every configured name
 * @param since when it was approved itself: what was approved later imitates it, not the other way round
 */
export function imitationsIn(
  lock: Lock,
  servers: readonly string[],
  server: string,
  definition: JsonObject,
  since?: string,
): Imitation[] {
  let neighbours = known.get(lock);
  if (neighbours === undefined) known.set(lock, (neighbours = neighbourhood(neighboursOf(lock), skeleton)));
  return imitations(server, definition, neighbours, servers, skeleton, since);
}

/**
 * Faces without those that imitate another server's tools (W6). An alias, or the name of a part, is the operator's own and counts in
 * place of the server's.
 */
export function withoutShadows(faces: Judge["faces"], lock: () => Lock, servers: readonly string[]): Judge["faces"] {
  return (server, kind, name, definition, digest, approved = true) =>
    faces(server, kind, name, definition, digest, approved).map((face) => {
      if (!approved || kind !== "tool" || face.quarantine !== undefined) return face;
      const pin = lock().servers[server]?.definitions[entryName("tool", name)]?.find((one) => one.digest === digest);
      if (pin !== undefined && !isGenuine(pin)) return face;
      const shown = { ...face.published.definition, name: face.alias ?? face.name };
      const [first] = imitationsIn(lock(), servers, server, shown, pin?.at);
      return first?.severity === "hard" ? { ...face, quarantine: `imitates another server: ${first.why}` } : face;
    });
}

/** What approving a tool says of whom it imitates; what looks like another server's tool is pinned only when that is accepted. */
export function imitationFindings(
  lock: Lock,
  config: Pick<Config, "servers">,
  server: string,
  entry: Pick<Entry, "kind" | "sentName" | "definition" | "digest">,
): DefinitionFinding[] {
  if (entry.kind !== "tool") return [];
  const rules = config.servers[server]?.tools[entry.sentName];
  const shown = rules?.publish === undefined ? [rules?.alias ?? entry.sentName] : Object.keys(rules.publish);
  const pin = lock.servers[server]?.definitions[entryName("tool", entry.sentName)]?.find(
    (one) => one.digest === entry.digest,
  );
  const found = shown.flatMap((name) =>
    imitationsIn(lock, Object.keys(config.servers), server, { ...entry.definition, name }, pin?.at),
  );
  return found.map(({ severity, why }) => ({
    id: severity === "hard" ? ACCEPTED : "imitation:name",
    severity: severity === "hard" ? "high" : "low",
    parameter: undefined,
    why: `It may be taken for another server's tool: ${why}`,
    overlay: undefined,
    off: false,
    blocks: severity === "hard",
  }));
}
