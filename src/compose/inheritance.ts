import type { FlowStore } from "../ports/flow.ts";

/** Lets a successor of a credential have read what that one has (S8). Rejects where the store cannot answer. */
export const inheritance =
  (store: Pick<FlowStore, "of" | "put">, tenant: string) =>
  async (from: string, to: string): Promise<void> => {
    for (const mark of await store.of(tenant, from)) await store.put({ ...mark, credential: to });
  };
