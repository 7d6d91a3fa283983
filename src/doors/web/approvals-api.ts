import { Hono } from "hono";
import { argumentText, type FindSecrets, visible } from "../../domain/approvals/shown.ts";
import { argumentsOf } from "../../domain/approvals/standing.ts";
import { refuse } from "../../kernel/errors.ts";
import type { Approval, Standing } from "../../ports/approvals.ts";
import { changing, readFields, signedIn } from "./api-body.ts";
import type { Desk } from "./approvals-desk.ts";
import type { WebEnv } from "./environment.ts";

/** `/api/approvals`: the same as the pages, for programs that act for a signed-in person. */
export function approvalApi(desk: Desk): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get("/api/approvals", async (c) => {
    const { mine, others } = await desk.list(signedIn(c));
    const wanted = c.req.query("state");
    const all = [...mine, ...others].filter(({ state }) => wanted === undefined || state === wanted);
    return c.json({ approvals: all.map((one) => summaryOf(one)) });
  });

  app.get("/api/approvals/standing", async (c) => {
    const { standing } = await desk.list(signedIn(c));
    return c.json({ standing: standing.map(shownStanding) });
  });

  app.delete("/api/approvals/standing/:id", async (c) => {
    const { id } = await desk.revoke(changing(c), c.req.param("id"), "api");
    return c.json({ id, revoked: true });
  });

  app.get("/api/approvals/:id", async (c) => {
    return c.json(shownApproval(await desk.find(signedIn(c), c.req.param("id")), desk.secrets));
  });

  for (const verdict of ["allow", "deny", "always"] as const)
    app.post(`/api/approvals/:id/${verdict}`, async (c) => {
      const session = changing(c);
      const always = verdict === "always";
      const fields = await readFields(c, [...(always ? ["free", "prefixes", "until"] : []), "proof"]);
      const limits = { free: fields.texts("free") ?? [], prefix: prefixesOf(fields.texts("prefixes") ?? []) };
      const until = fields.number("until");
      const more = always ? { limits, ...(until === undefined ? {} : { until }) } : {};
      const wanted = { id: c.req.param("id"), verdict, channel: "api", ...more } as const;
      return c.json(summaryOf(await desk.decide(session, c.env.incoming, wanted, fields.proof("proof"))));
    });

  return app;
}

/**
 * `folder=/reports/` as name and beginning.
 * @throws Refused where there is no `=`
 */
export function prefixesOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) refuse("invalid_request", "A beginning is written ARGUMENT=BEGINNING.", { path: "prefixes" });
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** An approval without what is held. */
export function summaryOf({ held: _held, digest: _digest, tenant: _tenant, leg: _leg, ...rest }: Approval) {
  return rest;
}

/** An approval with its arguments as a person may see them. */
export function shownApproval(approval: Approval, secrets: FindSecrets) {
  const { held } = approval;
  return {
    ...summaryOf(approval),
    arguments: visible(argumentText(argumentsOf(held.sent), secrets)),
    bound: held.bound,
    ...(held.flow === undefined ? {} : { why: held.flow.reasons.map(visible), propose: visible(held.flow.propose) }),
    ...(held.title === undefined ? {} : { title: visible(held.title) }),
    ...(held.description === undefined ? {} : { description: visible(held.description) }),
  };
}

/** A standing allow, with the kinds of its limits; exact values stay sealed. */
export function shownStanding({
  tenant: _tenant,
  limits,
  flow: _flow,
  pinned: _pinned,
  published: _published,
  ...rest
}: Standing) {
  return { ...rest, limits: Object.fromEntries(Object.entries(limits).map(([name, { kind }]) => [name, kind])) };
}
