/**
 * `cardea offboard` in the middle of a person's work: calls on two tokens and a key, an open stream, a call under way, a
 * browser session. Prints how long after the end of the command the last call was still accepted, and what works then.
 *
 *     npm run offboard -- [--json] [--rate 200]
 */
import { parseArgs } from "node:util";
import { Pool, request } from "undici";
import { startIdentityProvider } from "../test/fixtures/identity-provider.ts";
import { startModernUpstream } from "../test/gateway/modern-upstream.ts";
import { modern } from "../test/gateway/raw-client.ts";
import { place, start } from "../test/gateway/setting.ts";
import { type Client, renew, type Site, signIn, tokensFor } from "./attack-auth/flow.ts";
import { PASSWORD } from "./attack-auth/world.ts";
import { progress } from "./children.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean" }, rate: { type: "string", default: "200" } },
});
const rate = Number(options.rate);
/** So long before and after the command, milliseconds. */
const [BEFORE, AFTER] = [3_000, 3_000];
/** In force within one second. */
const LIMIT = 1_000;

const PERSON = "ada@example.com";
const CLIENTS: readonly Client[] = ["one", "two"].map((id) => ({ id, redirect: `https://${id}.example.com/callback` }));

const [provider, upstream] = await Promise.all([startIdentityProvider(), startModernUpstream()]);
await provider.addUser("ada", PASSWORD, PERSON, ["engineers"]);
const env = { CORP_SECRET: provider.clientSecret };
const tools = "echo: { effect: read }, wait: { effect: read }";
const where = place(
  [
    "limits: { perCredential: { calls: 1000000, per: 1m }, plans: { default: { minute: 1000000, day: 10000000 } } }",
    "identity:",
    "  providers:",
    "    corp:",
    `      issuer: "${provider.issuer}"`,
    `      metadata: "${provider.metadata}"`,
    `      client: { id: ${provider.clientId}, secret: "env:CORP_SECRET" }`,
    "      roles: { engineers: [engineer] }",
    "  clients:",
    ...CLIENTS.map(({ id, redirect }) => `    ${id}: { name: ${id}, redirects: ["${redirect}"] }`),
    "servers:",
    `  files: { concurrency: 512, url: "${upstream.url}", tools: { ${tools} } }`,
    "access:",
    '  - { role: engineer, allow: ["files.*"], effects: [read, write], approval: none }',
  ].join("\n"),
  env,
);
await where.approve("files");
const gateway = await start(where, env);
const site: Site = { base: new URL(gateway.endpoint).origin, provider };
await provider.addRedirect(`${site.base}/sign-in/callback/corp`);

const { visitor } = await signIn(site, "ada");
const families: Awaited<ReturnType<typeof tokensFor>>[] = [];
for (const client of CLIENTS) families.push(await tokensFor(site, visitor, client));
const { key } = await gateway.key("engineer", `person:${PERSON}`);
const credentials = [...families.map(({ access_token: token }) => token), key];

/** The last refusal. */
let said = "";
const pool = new Pool(site.base, { connections: 64 });
async function accepted(credential: string): Promise<boolean> {
  const { headers, body } = modern(credential, "tools/call", { name: "files__echo", arguments: { word: "w" } });
  const answer = await pool.request({ method: "POST", path: "/mcp", headers, body });
  const text = await answer.body.text();
  const ok = answer.statusCode === 200 && text.includes('"result"');
  if (!ok) said = `${answer.statusCode} ${text.slice(0, 300)}`;
  return ok;
}

/** Opens a stream of notifications. Resolves with the time when it was closed. */
async function stream(credential: string): Promise<{ closed: Promise<number> }> {
  const { headers, body } = modern(credential, "subscriptions/listen", { notifications: { toolsListChanged: true } });
  const answer = await request(gateway.endpoint, { method: "POST", headers, body, bodyTimeout: 0 });
  if (answer.statusCode !== 200) throw new Error(`No stream came: ${answer.statusCode} ${await answer.body.text()}`);
  const closed = (async () => {
    try {
      for await (const _ of answer.body);
    } catch {
      // A stream that is cut is closed, too.
    }
    return performance.now();
  })();
  return { closed };
}

/** A call that is under way when the command runs. Resolves with what it was answered in the end, and when. */
async function underWay(credential: string): Promise<{ result: boolean; at: number }> {
  const { headers, body } = modern(credential, "tools/call", { name: "files__wait", arguments: { word: "w" } });
  const answer = await request(gateway.endpoint, { method: "POST", headers, body, headersTimeout: 0, bodyTimeout: 0 });
  const text = await answer.body.text().catch(() => "");
  return { result: text.includes('"result"'), at: performance.now() };
}

for (const credential of credentials)
  if (!(await accepted(credential))) throw new Error("A credential does not work before the command");
const open = await stream(credentials[0] as string);
const waiting = underWay(credentials[1] as string);

let [sent, fine, refused, lastAccepted, firstRefused] = [0, 0, 0, 0, 0];
const underLoad = new Set<Promise<void>>();
const began = performance.now();
const tick = setInterval(() => {
  // As many as are due by now, because timers come late.
  for (; sent < ((performance.now() - began) / 1000) * rate; sent++) {
    const one = accepted(credentials[sent % credentials.length] as string)
      .catch(() => false)
      .then((ok) => {
        const now = performance.now();
        if (ok) {
          fine++;
          lastAccepted = now;
        } else {
          refused++;
          firstRefused ||= now;
        }
        underLoad.delete(one);
      });
    underLoad.add(one);
  }
}, 2);

await new Promise((resolve) => setTimeout(resolve, BEFORE));
const fineBefore = fine;
const refusedBefore = refused;
if (refused > 0) progress(`refused before the command: ${said}`);
progress(`${fine} calls in ${BEFORE} ms; now cardea offboard ${PERSON}`);
const ended = await gateway.grant("offboard", PERSON, "--yes", "--json");
const done = performance.now();
await new Promise((resolve) => setTimeout(resolve, AFTER));
clearInterval(tick);
await Promise.all(underLoad);

const later = <T>(promise: Promise<T>): Promise<T | undefined> =>
  Promise.race([promise, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), LIMIT))]);
const closedAt = await later(open.closed);
const answered = await later(waiting);
const works = {
  token: await accepted(credentials[0] as string),
  otherToken: await accepted(credentials[1] as string),
  key: await accepted(key),
  refreshToken: (await renew(site, CLIENTS[0] as Client, families[0]?.refresh_token ?? "")).access_token !== undefined,
  session: (await visitor.get(`${site.base}/me`)).status === 200,
  stream: closedAt === undefined,
  callUnderWay: answered === undefined || answered.result,
  newSignIn: await signIn(site, "ada").then(
    ({ arrived }) => arrived.status === 200 && arrived.url.pathname === "/me",
    () => false,
  ),
};
const lastAcceptedMs = Math.round(lastAccepted - done);
const result = {
  rate: Math.round(sent / ((done + AFTER - began) / 1000)),
  before: { accepted: fineBefore, refused: refusedBefore },
  command: { code: ended.code, said: ended.code === 0 ? (JSON.parse(ended.stdout) as unknown) : ended.stderr },
  lastAcceptedMs,
  firstRefusedMs: Math.round(firstRefused - done),
  streamClosedMs: closedAt === undefined ? null : Math.round(closedAt - done),
  works,
};
await pool.close();
await gateway.stop();
await Promise.all([provider.stop(), upstream.close()]);

const good =
  ended.code === 0 &&
  fineBefore > 0 &&
  refusedBefore === 0 &&
  lastAcceptedMs < LIMIT &&
  !Object.values(works).includes(true);
if (options.json) console.log(JSON.stringify(result));
else {
  console.log(`${result.rate} calls a second, ${fineBefore} accepted and ${refusedBefore} refused before the command`);
  console.log(`last accepted call: ${lastAcceptedMs} ms after the end of the command (at most ${LIMIT})`);
  for (const [what, still] of Object.entries(works)) console.log(`${still ? "✘ works " : "✔ ended "} ${what}`);
}
process.exit(good ? 0 : 1);
