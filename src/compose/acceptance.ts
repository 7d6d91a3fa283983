import { hash } from "node:crypto";
import { type Accepted, acceptedOf, changedFiles, digestOf, lineChanges } from "../domain/acceptance/accepted.ts";
import type { GrantingFile } from "../domain/acceptance/accepted.ts";
import type { Claim } from "../domain/identity/administration.ts";
import type { Proven } from "../domain/identity/proof.ts";
import { EMPTY_LOCK, narrows, type Outline, outline, outlineChanges, parseLock } from "../domain/pins/index.ts";
import type { Json, JsonObject } from "../kernel/json.ts";
import type { Artifacts } from "../ports/artifacts.ts";
import type { Clock } from "../ports/world.ts";
import { canonical } from "../protocol/jcs.ts";
import { CONFIG, granted, LOCK } from "./granting.ts";
import { Unusable } from "./unusable.ts";
import type { LifecycleEvent } from "../ports/records.ts";

/** What was accepted last, with the outline of its lockfile. */
interface Kept extends Accepted {
  readonly lock: Outline;
}

/** What differs from what was accepted. */
export interface Differences {
  /** Names of files; empty: nothing differs. */
  readonly files: readonly string[];
  /** For a person: entries of the lockfile, lines of the others. */
  readonly changes: readonly string[];
}

/** Why changed files were taken although nobody proved anything. */
type Without = "narrowed" | "owned by another user" | "first administrator";

/** Which configuration, policies and lockfile an administrator accepted (invariant 12). */
export interface Acceptance {
  /** Whether anything was ever accepted. */
  any(): Promise<boolean>;
  differences(granting: readonly GrantingFile[]): Promise<Differences>;
  /** Accepts these files. */
  accept(granting: readonly GrantingFile[], by: Proven): Promise<void>;
  /** Accepts what is in force when the first administrator appears; does nothing where anything was accepted before. */
  settle(granting: readonly GrantingFile[]): Promise<void>;
  /** Throws `Unusable` where a gateway must not start with these files. */
  mustBeAccepted(granting: readonly GrantingFile[], claim: Claim): Promise<void>;
  /** Whether a changed lockfile may come into force in a running gateway; undefined: it was removed. */
  takesLock(bytes: Uint8Array | undefined, claim: Claim): Promise<boolean>;
  /** Accepts files that a command is about to write, together. @param by undefined: where that narrows the lockfile alone */
  acceptChange(files: readonly GrantingFile[], by: Proven | undefined): Promise<void>;
}

const [KIND, ID] = ["accepted", "configuration"];
/** What a first administrator asked for waits so long for a second one, milliseconds. */
const PENDING_MS = 3_600_000;
const PENDING = "pending-act";

/**
 * @param parts.ownedByAnother the files as they are, where they belong to another OS user and cannot be changed by this process
 * @param parts.record writes to the record; rejects when it is not there, and nothing is then accepted
 */
export function createAcceptance(parts: {
  artifacts: Pick<Artifacts, "put" | "find" | "remove">;
  tenant: string;
  clock: Clock;
  /** Whether this configuration asks for two administrators; the accepted one decides, not the one that is to be accepted. */
  secondPerson: (yaml: string) => boolean;
  ownedByAnother: () => readonly GrantingFile[] | undefined;
  record: (event: LifecycleEvent) => Promise<void>;
}): Acceptance {
  const { artifacts, tenant, record } = parts;

  const kept = async (): Promise<Kept | undefined> =>
    (await artifacts.find(KIND, ID))?.payload as unknown as Kept | undefined;

  async function keep(next: Kept, how: Proven | Without): Promise<void> {
    const by = typeof how === "string" ? { reason: how } : { reason: "ok", owner: how.owner };
    const before = await kept();
    const detail: JsonObject = {
      digest: digestOf(next),
      before: before === undefined ? null : digestOf(before),
      files: before === undefined ? Object.keys(next.digests) : changedFiles(before, next),
    };
    await record({ type: "config.accepted", tenant, decision: "allow", ...by, detail });
    await artifacts.put(KIND, ID, next as unknown as JsonObject, { tenant });
  }

  /**
   * Where two administrators are asked for: the first one's proof is kept for an hour, and the second one's counts.
   * @throws Unusable where another one has to give the same command
   */
  async function confirmed(next: Kept, by: Proven): Promise<void> {
    const before = await kept();
    if (before === undefined || !parts.secondPerson(before.texts[CONFIG] ?? "")) return;
    // Who approved, and when, differs between the two; what is approved does not.
    const { [LOCK]: _, ...others } = next.digests;
    const id = hash("sha256", canonical([by.act, others, next.lock as unknown as Json]));
    const asked = await artifacts.find(PENDING, id);
    if (asked !== undefined && asked.payload["by"] !== by.owner) return artifacts.remove(PENDING, id);
    await record({ type: "admin.pending", tenant, owner: by.owner, decision: "deny", reason: "second_person_missing" });
    const expiresAt = parts.clock.now() + PENDING_MS;
    await artifacts.put(PENDING, id, { by: by.owner }, { tenant, expiresAt });
    throw new Unusable(
      "This needs a second administrator, and nothing was changed yet. Another one confirms it by giving the same command within an hour.",
    );
  }

  const differ = (before: Kept | undefined, now: Kept): Differences => {
    if (before === undefined) return { files: Object.keys(now.digests), changes: ["nothing was accepted before"] };
    const files = changedFiles(before, now);
    const changes = files.flatMap((name) =>
      (name === LOCK ? outlineChanges(before.lock, now.lock) : lineChanges(before.texts[name], now.texts[name])).map(
        (line) => `${name}  ${line}`,
      ),
    );
    return { files, changes };
  };

  /** Whether only the lockfile differs, and approves nothing new. */
  const narrowed = (before: Kept | undefined, now: Kept): boolean =>
    before !== undefined && changedFiles(before, now).every((name) => name === LOCK) && narrows(now.lock, before.lock);

  /** Whether exactly these files are there and belong to another user; where they were read before, they may be others. */
  const isOwnedByAnother = (now: Kept, of: (found: readonly GrantingFile[]) => Kept | undefined): boolean => {
    const found = parts.ownedByAnother();
    const theirs = found && of(found);
    return theirs !== undefined && changedFiles(theirs, now).length === 0;
  };

  return {
    any: async () => (await kept()) !== undefined,
    differences: async (granting) => differ(await kept(), keptOf(granting)),
    async accept(granting, by) {
      await by.must("config.accept");
      const next = keptOf(granting);
      await confirmed(next, by);
      await keep(next, by);
    },
    async settle(granting) {
      if ((await kept()) === undefined) await keep(keptOf(granting), "first administrator");
    },
    async mustBeAccepted(granting, claim) {
      if (claim === "none") return;
      const [before, now] = [await kept(), keptOf(granting)];
      const { files } = differ(before, now);
      if (files.length === 0) return;
      if (narrowed(before, now)) return keep(now, "narrowed");
      if (isOwnedByAnother(now, keptOf)) return keep(now, "owned by another user");
      await record({
        type: "config.refused",
        tenant,
        decision: "deny",
        reason: "not_accepted",
        detail: { files: [...files] },
      });
      throw new Unusable(
        before === undefined
          ? "No administrator has accepted the configuration yet. Look at it, then run: cardea accept"
          : `${files.join(", ")} changed since an administrator accepted ${files.length === 1 ? "it" : "them"}. See what changed, and accept it, with: cardea accept`,
      );
    },
    async takesLock(bytes, claim) {
      if (claim === "none") return true;
      const before = await kept();
      if (before === undefined) return false;
      const now = withFile(before, LOCK, bytes);
      if (now === undefined) return false;
      if (changedFiles(before, now).length === 0) return true;
      const foreign = (): boolean => isOwnedByAnother(now, (found) => withFile(before, LOCK, granted(found, LOCK)));
      const why = narrowed(before, now) ? "narrowed" : foreign() ? "owned by another user" : undefined;
      if (why !== undefined) await keep(now, why);
      return why !== undefined;
    },
    async acceptChange(files, by) {
      await by?.must("pins.change");
      const before = await kept();
      if (before === undefined) return;
      let now: Kept = before;
      for (const { name, bytes } of files) {
        const next = withFile(now, name, bytes);
        if (next === undefined) throw new Unusable(`${name} would not be readable; nothing was written.`);
        now = next;
      }
      if (by !== undefined) {
        await confirmed(now, by);
        return keep(now, by);
      }
      if (narrowed(before, now)) return keep(now, "narrowed");
    },
  };
}

const isLock = (name: string): boolean => name === LOCK;

function keptOf(granting: readonly GrantingFile[]): Kept {
  return { ...acceptedOf(granting, (name) => !isLock(name)), lock: outlineOf(granted(granting, LOCK)) ?? {} };
}

/** What is accepted, with one file in another form; undefined where it is an unreadable lockfile. */
function withFile(before: Kept, name: string, bytes: Uint8Array | undefined): Kept | undefined {
  const { [name]: _digest, ...digests } = before.digests;
  const { [name]: _text, ...texts } = before.texts;
  const lock = isLock(name) ? outlineOf(bytes) : before.lock;
  if (lock === undefined) return undefined;
  if (bytes === undefined) return { digests, texts, lock };
  const added = acceptedOf([{ name, bytes }], (file) => !isLock(file));
  return { digests: { ...digests, ...added.digests }, texts: { ...texts, ...added.texts }, lock };
}

function outlineOf(bytes: Uint8Array | undefined): Outline | undefined {
  if (bytes === undefined) return outline(EMPTY_LOCK);
  const read = parseLock(Buffer.from(bytes).toString("utf8"));
  return "lock" in read ? outline(read.lock) : undefined;
}
