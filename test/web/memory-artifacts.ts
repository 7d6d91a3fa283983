import type { Artifact, ArtifactMarks, Artifacts } from "../../src/ports/artifacts.ts";
import type { Clock } from "../../src/ports/world.ts";

/** Artifacts in memory, for tests of what stands on them; the port's own rules are tested where it is implemented. */
export function memoryArtifacts(clock: Clock): Artifacts {
  const kept = new Map<string, { kind: string; artifact: Artifact; marks: ArtifactMarks }>();
  let removals = 1;
  const key = (kind: string, id: string) => `${kind} ${id}`;
  const live = (marks: ArtifactMarks) => (marks.expiresAt ?? Infinity) > clock.now();
  const drop = (which: (entry: { kind: string; marks: ArtifactMarks }) => boolean) => {
    const counts = new Map<string, number>();
    for (const [id, entry] of kept) {
      if (!which(entry)) continue;
      kept.delete(id);
      removals++;
      counts.set(entry.kind, (counts.get(entry.kind) ?? 0) + 1);
    }
    return counts;
  };
  const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
  return {
    async put(kind, id, payload, marks) {
      kept.delete(key(kind, id));
      kept.set(key(kind, id), { kind, artifact: { payload: structuredClone(payload) }, marks });
    },
    async find(kind, id) {
      const entry = kept.get(key(kind, id));
      return entry !== undefined && live(entry.marks) ? entry.artifact : undefined;
    },
    async findByUid(kind, uid) {
      return [...kept.values()].find((e) => e.kind === kind && e.marks.uid === uid && live(e.marks))?.artifact;
    },
    async consume(kind, id, at) {
      const entry = kept.get(key(kind, id));
      if (entry === undefined || !live(entry.marks) || entry.artifact.consumedAt !== undefined) return false;
      entry.artifact = { ...entry.artifact, consumedAt: at };
      return true;
    },
    async remove(kind, id) {
      if (kept.delete(key(kind, id))) removals++;
    },
    removeGrant: async (grant) => sum(drop((e) => e.marks.grant === grant)),
    removeOwner: async (tenant, owner) => drop((e) => e.marks.tenant === tenant && e.marks.owner === owner),
    async ofOwner(tenant, kind, owner) {
      const mine = [...kept.values()].filter(
        (e) => e.kind === kind && e.marks.tenant === tenant && e.marks.owner === owner && live(e.marks),
      );
      return mine.map((e) => e.artifact).toReversed();
    },
    sweep: async (now) => sum(drop((e) => (e.marks.expiresAt ?? Infinity) <= now)),
    version: async () => removals,
    close: async () => {},
  };
}
