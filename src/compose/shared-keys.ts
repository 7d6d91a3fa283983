import { createKeyClients } from "../domain/identity/key-clients.ts";
import type { Log } from "../ports/world.ts";
import type { Identity } from "./identity.ts";

/** Records that a key came with a second client, and tells the operator (I5). */
export function tellSharedKeys({ record }: Pick<Identity, "record">, log: Log) {
  return createKeyClients(({ tenant, owner, credential }, first, second) => {
    const detail = { first, second };
    log.warn("key.shared", { key: credential, ...detail });
    record({ type: "key.shared", tenant, owner, credential, decision: "allow", reason: "ok", detail }).catch(() =>
      log.error("record.failed", { type: "key.shared" }),
    );
  });
}
