import { Hono } from "hono";
import type { BrowserSession } from "../../domain/identity/browser-sessions.ts";
import { CATALOGUE, Refused } from "../../kernel/errors.ts";
import type { Quarantined } from "../../ports/quarantine.ts";
import { changing, readFields, signedIn as signedInProgram } from "./api-body.ts";
import { proofIn, signedIn } from "./approvals.ts";
import type { WebEnv } from "./environment.ts";
import { readForm } from "./form.ts";
import { createQuarantineDesk, type QuarantineDesk, type QuarantineDeskParts } from "./quarantine-desk.ts";
import { quarantinePage, withheldPage } from "./quarantine-page.ts";

/** What was just done, by the word in the address. */
const DONE: Readonly<Record<string, string>> = {
  discarded: "It is discarded.",
  released: "It is released: its caller can read it.",
  wanted: "A second administrator has to do the same within an hour.",
};

/** `/quarantine`: results that are withheld, and the page where a person decides on one (S5). Opening it decides nothing. */
export function quarantineRoutes(parts: QuarantineDeskParts): Hono<WebEnv> {
  const desk = createQuarantineDesk(parts);
  const app = new Hono<WebEnv>();

  app.get("/quarantine", async (c) => {
    const { session } = c.var;
    if (session === undefined) return c.redirect("/sign-in?to=/quarantine", 303);
    return c.html(quarantinePage(session, await desk.list(session), DONE[c.req.query("done") ?? ""]));
  });

  app.get("/quarantine/:id", async (c) => {
    const { session } = c.var;
    const id = c.req.param("id");
    if (session === undefined) return c.redirect(`/sign-in?to=/quarantine/${encodeURIComponent(id)}`, 303);
    return c.html(
      await shown(desk, session, await desk.find(session, id), { status: DONE[c.req.query("done") ?? ""] }),
    );
  });

  app.post("/quarantine/:id/release", async (c) => {
    const session = signedIn(c);
    const form = await readForm(c, session);
    const { id } = await desk.find(session, c.req.param("id"));
    try {
      const released = await desk.release(session, c.env.incoming, { id, channel: "page" }, proofIn(form));
      return c.redirect(`/quarantine/${id}?done=${released ? "released" : "wanted"}`, 303);
    } catch (error) {
      if (!(error instanceof Refused) || CATALOGUE[error.refusal.code].fault !== "caller") throw error;
      const { code, message: fault } = error.refusal;
      return c.html(await shown(desk, session, await desk.find(session, id), { fault }), CATALOGUE[code].http as 403);
    }
  });

  app.post("/quarantine/:id/discard", async (c) => {
    const session = signedIn(c);
    await readForm(c, session);
    await desk.discard(session, c.req.param("id"), "page");
    return c.redirect("/quarantine?done=discarded", 303);
  });

  app.route("/", quarantineApi(desk));
  return app;
}

/** `/api/quarantine`: the same for programs that act for a signed-in person. */
function quarantineApi(desk: QuarantineDesk): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.get("/api/quarantine", async (c) => {
    const { mine, others } = await desk.list(signedInProgram(c));
    return c.json({ quarantine: [...mine, ...others].map(shownItem) });
  });

  app.get("/api/quarantine/:id", async (c) => {
    const session = signedInProgram(c);
    const item = await desk.find(session, c.req.param("id"));
    const content = desk.may(session, "quarantine.read") ? { content: await desk.content(session, item, "api") } : {};
    return c.json({ ...shownItem(item), ...content });
  });

  app.post("/api/quarantine/:id/release", async (c) => {
    const session = changing(c);
    const fields = await readFields(c, ["proof"]);
    const id = c.req.param("id");
    const released = await desk.release(session, c.env.incoming, { id, channel: "api" }, fields.proof("proof"));
    return c.json({ id, released, ...(released ? {} : { waitsFor: "a second administrator" }) });
  });

  app.post("/api/quarantine/:id/discard", async (c) => {
    const session = changing(c);
    const id = c.req.param("id");
    await desk.discard(session, id, "api");
    return c.json({ id, discarded: true });
  });

  return app;
}

/** What is told of a withheld result without its content. */
export function shownItem({ tenant: _tenant, ...item }: Quarantined) {
  return item;
}

async function shown(
  desk: QuarantineDesk,
  session: BrowserSession,
  item: Quarantined,
  said: { readonly fault?: string; readonly status?: string | undefined },
) {
  const may = {
    release: desk.may(session, "quarantine.release"),
    discard: item.owner === session.owner || desk.may(session, "quarantine.discard"),
  };
  const how = await desk.howProved(session);
  const { status, fault } = said;
  const told = { ...(fault === undefined ? {} : { fault }), ...(status === undefined ? {} : { status }) };
  if (!desk.may(session, "quarantine.read")) return withheldPage({ session, item, may, how, ...told });
  try {
    const content = await desk.content(session, item, "page");
    return withheldPage({ session, item, may, how, content, ...told });
  } catch (error) {
    if (!(error instanceof Refused) || error.refusal.code !== "not_permitted") throw error;
    return withheldPage({ session, item, may, how, ...told, fault: error.refusal.message });
  }
}
