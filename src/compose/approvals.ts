import { dirname, join } from "node:path";
import type { Config } from "../config/config.ts";
import { askPerson, type AskPersonParts } from "../controls/ask-person.ts";
import { type Approvals, type ApprovalsParts, createApprovals } from "../domain/approvals/approvals.ts";
import type { FindSecrets } from "../domain/approvals/shown.ts";
import { permitted } from "../domain/identity/administration.ts";
import { plain } from "../domain/inspection/normalise.ts";
import { findSecrets } from "../domain/inspection/secrets/index.ts";
import type { EndSignal } from "../kernel/ending.ts";
import type { Approval } from "../ports/approvals.ts";
import type { Notice, Notifier } from "../ports/notifier.ts";
import type { Clock, Log, Random } from "../ports/world.ts";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { createSecrets } from "../adapters/files/secrets.ts";
import { openApprovals } from "../adapters/sqlite/approvals.ts";
import { createSealer } from "../adapters/vault/sealer.ts";
import { createWebhook } from "../adapters/webhook/webhook.ts";
import type { Identity } from "./identity.ts";
import { type openState, STATE_DB } from "./state.ts";

/** Most callers that wait for a person at a time; the others are told at once where the page is. */
const MOST_WAITING = 500;

interface GatewayApprovalsParts {
  /** What the configuration makes of tools. */
  readonly shaping: Pick<AskPersonParts, "toolApproval" | "bound">;
  readonly config: Config;
  readonly files: ProjectFiles;
  readonly state: Awaited<ReturnType<typeof openState>>;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  base(): string;
}

/** The approvals of a running gateway, and the last row of its gate. What is opened here ends with `opening`. */
export function openGatewayApprovals(parts: GatewayApprovalsParts, opening: AsyncDisposableStack) {
  const { config, files, state, identity, clock, random } = parts;
  const store = openApprovals(join(files.home, STATE_DB), state.master, clock, state.rows);
  opening.defer(() => store.close());
  const { waitMs, standingMs, trusted, pending } = config.approvals;
  const pageOf = (id: string): string => `${parts.base()}/approvals/${id}`;
  const notifier = webhookOf(parts);
  if (notifier !== undefined) opening.defer(() => notifier.close());
  const approvals = createApprovals({
    ...{ store, clock, random, standingMs, caps: pending },
    record: identity.record,
    named: identity.subjectOf,
    mayGive: givingIn(identity.directory),
    ...(notifier === undefined ? {} : { asked: (approval) => notifier.send(noticeOf(approval, pageOf(approval.id))) }),
  });
  return {
    approvals,
    pageOf,
    control: askPerson({
      approvals,
      ...{ toolApproval: parts.shaping.toolApproval, bound: parts.shaping.bound, secrets: secretsIn },
      trusts: (id) => trusted.includes(id),
      pageOf,
      wait: waitingFor(approvals, clock, waitMs),
      sealer: createSealer(state.master.derive("client-held state")),
      clock,
    }),
  };
}

/** Where secrets stand in a text that a person is shown. */
export const secretsIn: FindSecrets = (text) => findSecrets(plain(text));

/** Whether somebody has an account in force with the duty that an act needs; what was given by anybody else does not count. */
export const givingIn =
  (directory: Pick<Identity["directory"], "account">): ApprovalsParts["mayGive"] =>
  (tenant, giver, act) => {
    const account = directory.account(tenant, giver);
    return account !== undefined && account.endedAt === undefined && permitted(account.roles, act);
  };

/** Waits until an approval is decided, by whichever process, at most so long. Rejects when the store is lost. */
function waitingFor(approvals: Approvals, clock: Clock, waitMs: number) {
  let waiting = 0;
  return ({ tenant, id, expiresAt }: Approval, signal: EndSignal): Promise<boolean> => {
    if (waiting >= MOST_WAITING || signal.aborted) return Promise.resolve(false);
    waiting++;
    return new Promise<boolean>((resolve, reject) => {
      const end = (finish: () => void): void => {
        clearTimeout(timer);
        stop();
        signal.removeEventListener("abort", gone);
        finish();
      };
      const gone = (): void => end(() => resolve(false));
      const look = (): void =>
        void approvals.get(tenant, id).then(
          (now) => now?.state !== "pending" && end(() => resolve(true)),
          (fault: unknown) => end(() => reject(fault as Error)),
        );
      const timer = setTimeout(gone, Math.max(0, Math.min(waitMs, expiresAt - clock.now())));
      const stop = approvals.onChange(look);
      signal.addEventListener("abort", gone);
      look();
    }).finally(() => waiting--);
  };
}

function noticeOf(approval: Approval, url: string): Notice {
  const { id, server, name, method, effect, by, owner, clientName, askedAt, expiresAt } = approval;
  return {
    ...{ id, type: "approval.asked", at: askedAt, until: expiresAt },
    data: {
      ...{ id, url, owner, server, method, effect, by },
      // The URI of a resource is an argument.
      ...(method.startsWith("resources/") ? {} : { name }),
      ...(clientName === undefined ? {} : { client: clientName }),
      expiresAt: new Date(expiresAt).toISOString(),
    },
  };
}

function webhookOf({ config, files, identity, clock, log }: GatewayApprovalsParts): Notifier | undefined {
  const { webhook } = config.approvals;
  if (webhook === undefined) return undefined;
  return createWebhook({
    ...webhook,
    secrets: createSecrets(dirname(files.configFile)),
    clock,
    log,
    failed({ id }, tries, last) {
      const detail = { approval: id, tries, last };
      identity
        .record({
          type: "approval.webhook_failed",
          tenant: "default",
          decision: "deny",
          reason: "not_delivered",
          detail,
        })
        .catch(() => log.error("record.failed", { type: "approval.webhook_failed" }));
    },
  });
}
