import { LOOK_ALIKES } from "../domain/inspection/look-alikes.ts";
import { plain } from "../domain/inspection/normalise.ts";
import type { Judge } from "../domain/catalogue/view.ts";
import type { Lock } from "../domain/pins/index.ts";
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
        ? pins.map(({ definition }) => ({
            server,
            name: entry.slice("tool:".length),
            title: text(definition["title"]),
            description: text(definition["description"]),
          }))
        : [],
    ),
  );
}

const known = new WeakMap<Lock, ReadonlyMap<string, readonly Neighbour[]>>();

/** How a tool imitates what is approved of other servers (W6). @param servers every configured name */
export function imitationsIn(
  lock: Lock,
  servers: readonly string[],
  server: string,
  definition: JsonObject,
): Imitation[] {
  let neighbours = known.get(lock);
  if (neighbours === undefined) known.set(lock, (neighbours = neighbourhood(neighboursOf(lock), skeleton)));
  return imitations(server, definition, neighbours, servers, skeleton);
}

/**
 * Faces without those that imitate another server's tools (W6). An alias, or the name of a part, is the operator's own and counts in
 * place of the server's.
 */
export function withoutShadows(faces: Judge["faces"], lock: () => Lock, servers: readonly string[]): Judge["faces"] {
  return (server, kind, name, definition, digest, approved = true) =>
    faces(server, kind, name, definition, digest, approved).map((face) => {
      if (!approved || kind !== "tool" || face.quarantine !== undefined) return face;
      const shown = { ...face.published.definition, name: face.alias ?? face.name };
      const [first] = imitationsIn(lock(), servers, server, shown);
      return first?.severity === "hard" ? { ...face, quarantine: `imitates another server: ${first.why}` } : face;
    });
}
