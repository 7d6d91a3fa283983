/** Attacks on the consent page: somebody else's, or none. */
import { answer, ask, authorizeUrl, clients, codeFor, pkce, redeem, signIn } from "./flow.ts";
import { type Attack, bcp, denied, rfc9700, shown } from "./table.ts";
import { Visitor } from "./visitor.ts";

/** The person is asked although they allowed this before. */
const ALWAYS = { prompt: "consent" };

export const consents: readonly Attack[] = [
  {
    id: "consent.other-browser",
    source: bcp("state handle hijacking"),
    attack: "The address of a waiting consent page, opened in another person's browser",
    run: async (world) => {
      const [{ visitor: ada }, { visitor: mallory }] = await Promise.all([
        signIn(world, "ada"),
        signIn(world, "mallory"),
      ]);
      const waiting = await ask(world, ada, authorizeUrl(world, clients.web, pkce(), ALWAYS));
      const stolen = await mallory.get(waiting.url);
      const { text } = await mallory.get(`${world.base}/me`);
      const csrf = /name="csrf" value="([^"]*)"/.exec(text)?.[1] ?? "";
      const pressed = await mallory.post(waiting.url, { csrf, decision: "allow", scope: "files:read" });
      return {
        refused: stolen.status >= 400 && pressed.status >= 400 && pressed.next === undefined,
        answer: `GET ${stolen.status}, POST ${pressed.status}`,
        record: denied("page"),
      };
    },
  },
  {
    id: "consent.resume-elsewhere",
    source: rfc9700("4.7.1"),
    attack: "After the consent another browser takes the rest of the way to the code",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const page = await ask(world, visitor, authorizeUrl(world, clients.web, pkce(), ALWAYS));
      const resume = `${world.base}/oauth/authorize/${page.url.pathname.split("/").pop()}`;
      const thief = await signIn(world, "mallory");
      const form = [
        ["csrf", /name="csrf" value="([^"]*)"/.exec(page.text)?.[1] ?? ""],
        ["decision", "allow"],
      ] as [string, string][];
      const span = /<option value="(\d+)"/.exec(page.text)?.[1] ?? "";
      await visitor.post(page.url, [...form, ["span", span], ["scope", "files:read"]]);
      const got = await thief.visitor.get(resume);
      return {
        refused: got.status >= 400 && got.next?.searchParams.has("code") !== true,
        answer: shown(got),
        record: denied("authorization.refused", "page"),
      };
    },
  },
  {
    id: "consent.skip",
    source: bcp("confused deputy"),
    attack: "A second client wants a code without a question (prompt=none) because a first one was allowed",
    run: async (world) => {
      const { visitor } = await signIn(world, "bob");
      await codeFor(world, visitor, clients.web, pkce());
      const page = await ask(world, visitor, authorizeUrl(world, clients.desk, pkce(), { prompt: "none" }));
      return {
        refused: page.next?.searchParams.has("code") !== true,
        answer: shown(page),
      };
    },
  },
  {
    id: "consent.skip-resource",
    source: bcp("confused deputy"),
    attack: "A client that was allowed one server wants another without a question",
    run: async (world) => {
      const { visitor } = await signIn(world, "bob");
      const resource = `${world.base}/mcp/files`;
      await codeFor(world, visitor, clients.web, pkce(), { resource });
      const more = { prompt: "none", resource: `${world.base}/mcp/notes`, scope: "notes:read" };
      const page = await ask(world, visitor, authorizeUrl(world, clients.web, pkce(), more));
      return { refused: page.next?.searchParams.has("code") !== true, answer: shown(page) };
    },
  },
  {
    id: "consent.more-than-offered",
    source: bcp("scope minimization"),
    attack: "The consent form is sent with scopes that the page did not offer",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const url = authorizeUrl(world, clients.web, pkce(), { ...ALWAYS, resource: `${world.base}/mcp/files` });
      const page = await ask(world, visitor, url);
      const done = await answer(world, visitor, page, "allow", ["files:read", "notes:write", "admin:security"]);
      return { refused: done.next?.searchParams.has("code") !== true, answer: shown(done), record: denied("page") };
    },
  },
  {
    id: "scope.wildcard",
    source: bcp("scope minimization"),
    attack: "Wildcards, roles of administration and unknown scopes are asked for",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const scope = "* files:* files:admin admin:security openid mcp:all files:read";
      const proof = pkce();
      const page = await ask(world, visitor, authorizeUrl(world, clients.web, proof, { ...ALWAYS, scope }));
      const done = page.next === undefined ? await answer(world, visitor, page, "allow") : page;
      const got = await redeem(world, clients.web, done.next?.searchParams.get("code") ?? "", proof);
      return {
        refused: (got.scope ?? "").split(" ").every((one) => ["", "files:read", "notes:read"].includes(one)),
        answer: `scope of the token: ${got.scope ?? "none"}`,
      };
    },
  },
  {
    id: "request.no-session",
    source: rfc9700("2.1"),
    attack: "A code without anybody signed in (prompt=none)",
    run: async (world) => {
      const page = await ask(world, new Visitor(), authorizeUrl(world, clients.web, pkce(), { prompt: "none" }));
      return { refused: page.next?.searchParams.get("error") === "login_required", answer: shown(page) };
    },
  },
];
