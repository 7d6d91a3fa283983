import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { createWebhook } from "../../src/adapters/webhook/webhook.ts";
import type { Notice } from "../../src/ports/notifier.ts";
import { until } from "../gateway/setting.ts";
import { connectAs } from "./clients.ts";
import { type ApprovalStage, startApprovals } from "./stage.ts";

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
const got: Got[] = [];
/** Statuses that the next requests are answered with; then 204. */
const statuses: number[] = [];
const server = createServer((req, res) => {
  let body = "";
  req.setEncoding("utf8").on("data", (part: string) => (body += part));
  req.on("end", () => {
    got.push({ headers: req.headers, body });
    const status = statuses.shift() ?? 204;
    res.writeHead(status, status === 302 ? { location: "http://127.0.0.1:1/" } : {}).end();
  });
});
const SECRET = `whsec_${Buffer.alloc(24, 5).toString("base64")}`;
let url: string;
let stage: ApprovalStage;

before(async () => {
  await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  process.env["APPROVALS_SECRET"] = SECRET;
  stage = await startApprovals([`webhook: { url: "${url}", secret: "env:APPROVALS_SECRET" }`]);
});
after(async () => {
  await stage?.stop();
  server.close();
});

function verify({ headers, body }: Got): void {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = headers;
  assert.ok(Math.abs(Number(at) - Date.now() / 1000) < 30);
  const mac = createHmac("sha256", Buffer.alloc(24, 5)).update(`${id}.${at}.${body}`).digest("base64");
  assert.equal(signature, `v1,${mac}`);
}

test("H3: who listens is told with a signature and the page's address, and no argument; a failure is tried again and recorded", async () => {
  statuses.push(500);
  const client = await connectAs("v2 modern", stage.gateway.endpoint, stage.keys.ada.key);
  const args = { folder: "/reports", text: "a very private text" };
  await assert.rejects(client.say("box__save", args), /\/approvals\//);
  await until("the second try", () => got.length === 2);
  for (const one of got) verify(one);
  assert.equal(got[0]?.headers["webhook-id"], got[1]?.headers["webhook-id"]);
  const { type, data } = JSON.parse(got[1]?.body ?? "{}") as { type: string; data: Record<string, string> };
  assert.equal(type, "approval.asked");
  const { id } = await stage.waiting();
  assert.deepEqual([data["id"], data["url"]], [id, `${stage.base}/approvals/${id}`]);
  assert.deepEqual([data["server"], data["name"], data["effect"]], ["box", "save", "write"]);
  assert.doesNotMatch(got[1]?.body ?? "", /private text|\/reports/);
  const failed = (await stage.gateway.audit()).find(({ type }) => type === "approval.webhook_failed");
  assert.equal(failed?.detail?.["approval"], id);
  await assert.rejects(client.say("box__save", args), /\/approvals\//, "that it was told opens nothing");
  assert.equal(got.length, 2, "the same call that waits is told once");
  await client.close();
});

const NOTICE: Notice = { id: "a_1", type: "approval.asked", at: Date.now(), until: Date.now() + 60_000, data: {} };

test("C5 H3: a webhook follows no redirect and reaches no private address that was not declared", async () => {
  const failed: string[] = [];
  const made = (to: string) =>
    createWebhook({
      ...{ url: to, secret: "env:X", private: [], secrets: { resolve: () => "secret" } },
      clock: { now: () => Date.now(), monotonic: () => performance.now() },
      log: { info() {}, warn: (_event, fields) => void failed.push(String(fields?.["fault"])), error() {} },
      failed() {},
    });
  const before = got.length;
  statuses.push(302);
  const redirected = made(url);
  redirected.send(NOTICE);
  await until("the redirect", () => failed.length === 1);
  assert.match(failed[0] ?? "", /HTTP 302/);
  assert.equal(got.length, before + 1);
  await redirected.close();
  const inside = made("https://10.0.0.1/hook");
  inside.send(NOTICE);
  await until("the refusal", () => failed.length === 2);
  await inside.close();
  assert.throws(() => made("http://example.com/hook"), /https/);
});
