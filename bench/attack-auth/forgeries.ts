/** Cross-site request forgery on every form, and attacks on the API of administration. */
import { ask, authorizeUrl, clients, pkce, signIn } from "./flow.ts";
import { type Attack, bcp, denied, rfc9700 } from "./table.ts";
import { csrfOf, Visitor } from "./visitor.ts";
import type { World } from "./world.ts";

const PAGE = denied("page", "oauth");

/** The forms that change something, each with a session and what it needs. */
const FORMS: readonly (readonly [
  id: string,
  what: string,
  begin: (world: World) => Promise<{ visitor: Visitor; url: string; form: Record<string, string> }>,
])[] = [
  [
    "consent",
    "the consent page",
    async (world) => {
      const { visitor } = await signIn(world, "ada");
      const page = await ask(world, visitor, authorizeUrl(world, clients.web, pkce(), { prompt: "consent" }));
      const span = /<option value="(\d+)"/.exec(page.text)?.[1] ?? "";
      return {
        visitor,
        url: page.url.href,
        form: { csrf: csrfOf(page.text), decision: "allow", scope: "files:read", span },
      };
    },
  ],
  [
    "me",
    "the page of one's own",
    async (world) => {
      const { visitor } = await signIn(world, "ada");
      const page = await visitor.get(`${world.base}/me`);
      return { visitor, url: `${world.base}/me/sign-out-everywhere`, form: { csrf: csrfOf(page.text) } };
    },
  ],
  [
    "sign-in",
    "the sign-in form (somebody is signed in as the attacker)",
    async (world) => {
      const visitor = new Visitor();
      const page = await visitor.get(`${world.base}/sign-in`);
      return {
        visitor,
        url: `${world.base}/sign-in/local`,
        form: { csrf: csrfOf(page.text), login: "mallory", password: "x", to: "/me" },
      };
    },
  ],
];

const WAYS: readonly (readonly [
  id: string,
  what: string,
  change: (
    form: Record<string, string>,
    other: string,
  ) => { form: Record<string, string>; headers?: Record<string, string> },
])[] = [
  ["no-token", "without its token", (form) => ({ form: { ...form, csrf: "" } })],
  ["other-token", "with the token of another session", (form, other) => ({ form: { ...form, csrf: other } })],
  [
    "origin",
    "from a page of another origin",
    (form) => ({ form, headers: { origin: "https://attacker.example", "sec-fetch-site": "cross-site" } }),
  ],
  ["null-origin", "from a sandboxed frame (Origin: null)", (form) => ({ form, headers: { origin: "null" } })],
  [
    "same-site",
    "from a neighbouring site (Sec-Fetch-Site: same-site)",
    (form) => ({ form, headers: { "sec-fetch-site": "same-site" } }),
  ],
  ["text", "as text/plain", (form) => ({ form, headers: { "content-type": "text/plain" } })],
];

const CSRF: readonly Attack[] = FORMS.flatMap(([page, where, begin]) =>
  WAYS.map(
    ([way, how, change]): Attack => ({
      id: `csrf.${page}.${way}`,
      source: page === "consent" ? bcp("confused deputy") : rfc9700("4.7"),
      attack: `A form of ${where} is sent ${how}`,
      run: async (world) => {
        const { visitor, url, form } = await begin(world);
        const other = csrfOf((await (await signIn(world, "mallory")).visitor.get(`${world.base}/me`)).text);
        const { form: sent, headers } = change(form, other);
        const got = await visitor.post(url, sent, headers);
        return {
          refused: got.status >= 400 && got.status !== 401 && got.next === undefined,
          answer: `${got.status}`,
          record: PAGE,
        };
      },
    }),
  ),
);

/** Calls of the API of administration, by somebody without a duty. */
const CALLS: readonly (readonly [id: string, what: string, method: "GET" | "POST", path: string, body?: object])[] = [
  ["people", "reads who there is", "GET", "/api/people"],
  ["keys", "reads all keys", "GET", "/api/keys"],
  [
    "create",
    "makes a person with every duty",
    "POST",
    "/api/people",
    { login: "evil@example.com", duties: ["security"] },
  ],
  ["key", "makes a key", "POST", "/api/keys", { owner: "person:mallory@example.com", roles: ["engineer"] }],
  ["offboard", "ends somebody else", "POST", "/api/people/person:ada@example.com/offboard", {}],
];

const API: readonly Attack[] = [
  ...CALLS.map(
    ([id, what, method, path, body]): Attack => ({
      id: `api.${id}`,
      source: "Cardea, invariant 12",
      attack: `Somebody without a duty ${what}: ${method} ${path}`,
      run: async (world) => {
        const { visitor } = await signIn(world, "mallory");
        const csrf = csrfOf((await visitor.get(`${world.base}/me`)).text);
        const headers = {
          "content-type": "application/json",
          "x-csrf": csrf,
          origin: world.base,
          "sec-fetch-site": "same-origin",
        };
        const got = await visitor.send(method, `${world.base}${path}`, headers, body && JSON.stringify(body));
        return { refused: got.status === 403, answer: `${got.status}`, record: denied("admin.refused") };
      },
    }),
  ),
  ...(
    [
      ["no-token", "without the token of the session", {}],
      [
        "form",
        "as a form that a page of another site can send",
        { "content-type": "text/plain", origin: "https://attacker.example", "sec-fetch-site": "cross-site" },
      ],
    ] as const
  ).map(
    ([id, how, headers]): Attack => ({
      id: `csrf.api.${id}`,
      source: rfc9700("4.7"),
      attack: `A call of the API of administration is sent ${how}`,
      run: async (world) => {
        const { visitor } = await signIn(world, "mallory");
        const body = JSON.stringify({ login: "evil@example.com", duties: ["security"] });
        const got = await visitor.send(
          "POST",
          `${world.base}/api/people`,
          { "content-type": "application/json", ...headers },
          body,
        );
        return { refused: got.status === 403, answer: `${got.status}`, record: PAGE };
      },
    }),
  ),
  {
    id: "api.nobody",
    source: "Cardea, invariant 12",
    attack: "Nobody who is signed in reads who there is",
    run: async (world) => {
      const got = await new Visitor().get(`${world.base}/api/people`);
      return { refused: got.status === 401, answer: `${got.status}`, record: PAGE };
    },
  },
];

export const forgeries: readonly Attack[] = [...CSRF, ...API];
