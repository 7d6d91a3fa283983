import type { ServerConfig } from "../config/config.ts";
import { artifactChange } from "../domain/pins/index.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Clock, Log } from "../ports/world.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { createThread } from "../adapters/threads/worker.ts";
import type { Look } from "./artifact-thread.ts";
import type { Found } from "./artifacts.ts";

/** A look at the disk may take so long, milliseconds. */
const PATIENCE_MS = 60_000;
/** A refusal counts for so long without another look, milliseconds: callers cannot make the disk be read without end. */
const REFUSED_MS = 1_000;

/**
 * H6, T1: what a server runs is read again before each start of a process, and held against what was found when the
 * gateway started, which was held against the pins. All files are read, in a thread, because dates and sizes can be
 * forged. Starts at the same time share one look: what changes after a file of it was read would not be seen by a look
 * of their own either.
 */
export function createSpawnCheck(parts: {
  files: ProjectFiles;
  artifacts: ReadonlyMap<string, Found>;
  clock: Clock;
  log: Log;
  onEvent: (type: string, detail: JsonObject) => void;
}) {
  const { files, artifacts, clock, log, onEvent } = parts;
  const thread = createThread<Look, Found | undefined>(new URL("./artifact-thread.ts", import.meta.url), {
    patienceMs: PATIENCE_MS,
    most: 256,
    memoryMb: 256,
  });
  const looks = new Map<string, Promise<string | undefined>>();
  const refused = new Map<string, { why: string; until: number }>();

  async function look({ name, source, sandbox }: ServerConfig): Promise<string | undefined> {
    const { read, write } = sandbox;
    let why: string | undefined;
    try {
      const now = await thread.ask({ server: { name, source, sandbox: { read, write } }, files });
      why = artifactChange(name, artifacts.get(name), now);
    } catch (error) {
      why = `What the server ${name} would run could not be read: ${error instanceof Error ? error.message : "unknown"}`;
    }
    if (why === undefined) return undefined;
    refused.set(name, { why, until: clock.monotonic() + REFUSED_MS });
    log.error("server.changed", { server: name, why, remedy: `cardea servers consent ${name}` });
    onEvent("upstream.changed", { server: name, why });
    return why;
  }

  return {
    /** Why a server may not be started now, one sentence for the operator; undefined: it is what it was. */
    changed(server: ServerConfig): Promise<string | undefined> {
      const { name } = server;
      const before = refused.get(name);
      if (before !== undefined && clock.monotonic() < before.until) return Promise.resolve(before.why);
      const running = looks.get(name);
      if (running !== undefined) return running;
      const one = look(server).finally(() => looks.delete(name));
      looks.set(name, one);
      return one;
    },
    close: () => thread.close(),
  };
}
