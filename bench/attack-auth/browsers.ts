/** Attacks by pages of other sites, and on sign-in. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";
import { modern } from "../../test/gateway/raw-client.ts";
import { answer, ask, authorizeUrl, clients, codeFor, pkce, signIn, throughProvider } from "./flow.ts";
import { type Attack, type Attempt, atTheDoor, bcp, rfc9700 } from "./table.ts";
import { type Answer, csrfOf, Visitor } from "./visitor.ts";
import type { World } from "./world.ts";

/** Addresses that a sign-in must not lead to. */
const PLACES = [
  "https://attacker.example/",
  "//attacker.example/",
  "/\\attacker.example/",
  "\\\\attacker.example/",
  "/me/..//attacker.example/",
  "/%2F%2Fattacker.example/",
  "javascript:alert(1)",
  "/me\r\nlocation: https://attacker.example/",
  "https:attacker.example",
  "/sign-out",
  "/oauth/authorize?client_id=evil",
];

const HEADERS_OF = ["/sign-in", "/me", "/claim", "/oauth/authorize", "/interaction/none"];

const framed = ({ headers }: Answer): boolean => {
  const policy = String(headers["content-security-policy"] ?? "");
  return !(policy.includes("frame-ancestors 'none'") && headers["x-frame-options"] === "DENY");
};

const SIGN_IN: readonly Attack[] = [
  {
    id: "redirect.to",
    source: rfc9700("4.11"),
    attack: `Sign-in leads elsewhere: ${PLACES.length} spellings of \`to\``,
    run: async (world) => {
      const wrong: string[] = [];
      for (const to of PLACES) {
        const visitor = new Visitor();
        const form = await visitor.get(`${world.base}/sign-in?${new URLSearchParams({ to })}`);
        const sent = await visitor.post(`${world.base}/sign-in/with/corp`, { csrf: csrfOf(form.text), to });
        if (sent.status >= 400) continue;
        const back = await throughProvider(world, visitor, "ada", sent.next);
        const arrived = await visitor.get(back);
        if (arrived.next?.href !== `${world.base}/me`) wrong.push(`${to} → ${arrived.next?.href}`);
      }
      return { refused: wrong.length === 0, answer: wrong.length === 0 ? "all lead to /me" : wrong.join(", ") };
    },
  },
  {
    id: "sign-in.fixation",
    source: rfc9700("4.7"),
    attack: "The attacker plants a session cookie before the person signs in",
    run: async (world) => {
      const mallory = await signIn(world, "mallory");
      const planted = mallory.visitor.cookie(world.base, "cardea") ?? "";
      const visitor = new Visitor();
      visitor.plant(world.base, "cardea", planted);
      await signIn(world, "ada", { visitor });
      const now = visitor.cookie(world.base, "cardea");
      const page = await mallory.visitor.get(`${world.base}/me`);
      return {
        refused: now !== undefined && now !== planted && !page.text.includes("ada@"),
        answer:
          now === planted
            ? "the planted session became the person's"
            : `a new session; the planted one: ${page.status}`,
      };
    },
  },
  {
    id: "sign-in.login-csrf",
    source: rfc9700("4.7.1"),
    attack: "The attacker's own answer of the provider is opened in a victim's browser",
    run: async (world) => {
      const attacker = new Visitor();
      const form = await attacker.get(`${world.base}/sign-in`);
      const sent = await attacker.post(`${world.base}/sign-in/with/corp`, { csrf: csrfOf(form.text), to: "/me" });
      const back = await throughProvider(world, attacker, "mallory", sent.next);
      const victim = new Visitor();
      const got = await victim.get(back);
      return {
        refused: got.status >= 400 && victim.cookie(world.base, "cardea") === undefined,
        answer: `${got.status}`,
        record: (record) => record.decision === "deny",
      };
    },
  },
  {
    id: "sign-in.code-injection",
    source: rfc9700("4.5"),
    attack: "A stolen code of the provider is put into the attacker's own sign-in",
    run: async (world) => {
      const begin = async () => {
        const visitor = new Visitor();
        const form = await visitor.get(`${world.base}/sign-in`);
        return {
          visitor,
          next: (await visitor.post(`${world.base}/sign-in/with/corp`, { csrf: csrfOf(form.text), to: "/me" })).next,
        };
      };
      const [victim, attacker] = [await begin(), await begin()];
      const stolen = await throughProvider(world, victim.visitor, "ada", victim.next);
      const own = await throughProvider(world, attacker.visitor, "mallory", attacker.next);
      own.searchParams.set("code", stolen.searchParams.get("code") ?? "");
      const got = await attacker.visitor.get(own);
      return {
        refused: got.status >= 400 && attacker.visitor.cookie(world.base, "cardea") === undefined,
        answer: `${got.status}`,
        record: (record) => record.decision === "deny",
      };
    },
  },
  ...(
    [
      [
        "iss",
        "the issuer is another (RFC 9207)",
        (url: URL) => url.searchParams.set("iss", "https://attacker.example"),
      ],
      [
        "provider",
        "it arrives at the callback of another provider",
        (url: URL) => void (url.pathname = url.pathname.replace("/corp", "/spare")),
      ],
      ["state", "the state is another", (url: URL) => url.searchParams.set("state", "x".repeat(43))],
    ] as const
  ).map(
    ([id, what, change]): Attack => ({
      id: `mix-up.${id}`,
      source: id === "state" ? rfc9700("4.7.1") : rfc9700("4.4"),
      attack: `An answer of the provider in which ${what}`,
      run: async (world) => {
        const visitor = new Visitor();
        const form = await visitor.get(`${world.base}/sign-in`);
        const sent = await visitor.post(`${world.base}/sign-in/with/corp`, { csrf: csrfOf(form.text), to: "/me" });
        const back = await throughProvider(world, visitor, "ada", sent.next);
        change(back);
        const got = await visitor.get(back);
        return {
          refused: got.status >= 400 && visitor.cookie(world.base, "cardea") === undefined,
          answer: `${got.status}`,
          record: (record) => record.decision === "deny",
        };
      },
    }),
  ),
  {
    id: "mix-up.client",
    source: rfc9700("4.4"),
    attack: "A client talks to two authorization servers: every answer of ours, also an error, has to say whose it is",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const page = await ask(world, visitor, authorizeUrl(world, clients.web, pkce(), { prompt: "consent" }));
      const no = await answer(world, visitor, page, "deny");
      const yes = await ask(world, visitor, authorizeUrl(world, clients.web, pkce()));
      const given = yes.next === undefined ? await answer(world, visitor, yes, "allow") : yes;
      const told = [no, given].map(({ next }) => next?.searchParams.get("iss"));
      return { refused: told.every((iss) => iss === world.base), answer: `iss: ${told.join(", ")}` };
    },
  },
];

const PAGES: readonly Attack[] = [
  {
    id: "frame.headers",
    source: rfc9700("4.16"),
    attack: `${HEADERS_OF.length} pages without what keeps them out of frames`,
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const consent = await ask(world, visitor, authorizeUrl(world, clients.desk, pkce()));
      const pages = [consent, ...(await Promise.all(HEADERS_OF.map((path) => visitor.get(`${world.base}${path}`))))];
      const open = pages.filter(framed).map(({ url }) => url.pathname);
      return {
        refused: open.length === 0,
        answer: open.length === 0 ? "DENY and frame-ancestors 'none' on all" : `framed: ${open.join(", ")}`,
      };
    },
  },
  {
    id: "frame.browser",
    source: rfc9700("4.16"),
    attack: "A page of another site shows sign-in and one's own page in frames (a real browser)",
    run: (world) => inFrames(world),
  },
  {
    id: "cookie.attributes",
    source: bcp("confused deputy"),
    attack: "Scripts, plain http or another site read the session cookie",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      const here = visitor.cookies.filter(({ origin, name }) => origin === world.base && name === "cardea");
      const bad = here.filter(
        ({ attributes }) => !/HttpOnly/i.test(attributes) || !/SameSite=(?:Lax|Strict)/i.test(attributes),
      );
      const secure = await request(`${world.outerBase}/sign-in`, { dispatcher: world.outside });
      await secure.body.dump();
      const set = [secure.headers["set-cookie"] ?? []].flat().join("\n");
      const fine = /^__Host-[^\n]*;[^\n]*Secure/im.test(set) && !/Domain=/i.test(set);
      return {
        refused: here.length === 1 && bad.length === 0 && fine,
        answer: `${here[0]?.attributes}; behind https: ${set.replace(/=[^;]*/, "=…")}`,
      };
    },
  },
  ...["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"].flatMap((path) =>
    (["host", "x-forwarded-host", "forwarded"] as const).map(
      (header): Attack => ({
        id: `host.${header}.${path.split("-").pop()?.split("/")[0]}`,
        source: rfc9700("4.1"),
        attack: `Metadata is poisoned by ${header}: ${path}`,
        run: async (world) => {
          const value = header === "forwarded" ? "host=attacker.example;proto=https" : "attacker.example";
          const got = await request(`${world.base}${path}`, { headers: { [header]: value } });
          const text = await got.body.text();
          const poisoned = text.includes("attacker.example/") || text.includes('"https://attacker.example');
          return {
            refused: !poisoned,
            answer: `${got.statusCode}${poisoned ? " poisoned" : ""}`,
            ...(got.statusCode >= 400 && { record: (record) => record.decision === "deny" }),
          };
        },
      }),
    ),
  ),
  {
    id: "host.rebinding",
    source: bcp("local server compromise"),
    attack: "A page whose name was rebound to this address calls MCP: its Host, and its Origin",
    run: async (world) => {
      const statuses = [];
      for (const headers of [{ host: "attacker.example" }, { origin: "http://attacker.example" }]) {
        const sent = modern("", "tools/list");
        const got = await request(world.gateway.endpoint, {
          method: "POST",
          ...sent,
          headers: { ...sent.headers, ...headers },
        });
        await got.body.dump();
        statuses.push(got.statusCode);
      }
      return { refused: statuses.every((status) => status === 403), answer: statuses.join(", "), record: atTheDoor };
    },
  },
  {
    id: "code.referrer",
    source: rfc9700("4.2"),
    attack: "The code is in an address that the next page's server sees as referrer",
    run: async (world) => {
      const { visitor } = await signIn(world, "ada");
      await codeFor(world, visitor, clients.web, pkce());
      const page = await visitor.get(`${world.base}/me`);
      const policy = String(page.headers["referrer-policy"]);
      return { refused: ["no-referrer", "same-origin"].includes(policy), answer: `referrer-policy: ${policy}` };
    },
  },
];

async function inFrames(world: World): Promise<Attempt> {
  const html = ["/sign-in", "/me"].map((path) => `<iframe src="${world.base}${path}"></iframe>`).join("");
  const server = createServer((_req, res) => res.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  const page = await world.browser.person();
  try {
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    await page.waitForLoadState("load");
    const shown = [];
    for (const frame of page.frames().slice(1)) shown.push((await frame.content()).includes("Cardea"));
    return {
      refused: shown.length === 2 && shown.every((one) => !one),
      answer: shown.every((one) => !one) ? "the browser showed none" : "shown",
    };
  } finally {
    await page.context().close();
    server.closeAllConnections();
    server.close();
  }
}

export const browsers: readonly Attack[] = [...SIGN_IN, ...PAGES];
