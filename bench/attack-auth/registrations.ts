/** Attacks by clients that register themselves (RFC 7591). */
import { request } from "undici";
import { ask, authorizeUrl, type Client, pkce, signIn } from "./flow.ts";
import { type Attack, type Attempt, bcp, denied, rfc9700 } from "./table.ts";
import { ownAddress } from "./visitor.ts";
import type { World } from "./world.ts";

const REDIRECT = "https://app.example.com/callback";
const REFUSED = denied("authorization.refused", "client.refused");

/** Registers a client, and says what came. */
async function register(world: World, metadata: object | string, address = ownAddress()) {
  const answer = await request(`${world.base}/oauth/register`, {
    method: "POST",
    headers: { ...address, "content-type": "application/json" },
    body:
      typeof metadata === "string"
        ? metadata
        : JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: "none", ...metadata }),
  });
  const text = await answer.body.text();
  const told = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: answer.statusCode, told };
}

const notRegistered =
  (metadata: object | string) =>
  async (world: World): Promise<Attempt> => {
    const { status, told } = await register(world, metadata);
    return {
      refused: status >= 400,
      answer: `${status} ${String(told["error"] ?? "")}`,
      record: (record) => record.decision === "deny",
    };
  };

const NAME = `<img src=x onerror="document.title='stolen'"><script>document.title='stolen'</script>`;

export const registrations: readonly Attack[] = [
  {
    id: "dcr.http",
    source: rfc9700("4.1.1"),
    attack: "A registration with a plain http redirect off loopback",
    run: notRegistered({ redirect_uris: ["http://app.example.com/callback"] }),
  },
  {
    id: "dcr.javascript",
    source: bcp("authorization URL validation"),
    attack: "A registration with a javascript: redirect",
    run: notRegistered({ redirect_uris: ["javascript:alert(1)"] }),
  },
  {
    id: "dcr.data",
    source: bcp("authorization URL validation"),
    attack: "A registration with a data: redirect",
    run: notRegistered({ redirect_uris: ["data:text/html,x"] }),
  },
  {
    id: "dcr.file",
    source: bcp("authorization URL validation"),
    attack: "A registration with a file: redirect",
    run: notRegistered({ redirect_uris: ["file:///etc/passwd"] }),
  },
  {
    id: "dcr.wildcard",
    source: rfc9700("4.1.1"),
    attack: "A registration with a wildcard in its redirect",
    run: notRegistered({ redirect_uris: ["https://*.example.com/callback"] }),
  },
  {
    id: "dcr.fragment",
    source: rfc9700("4.1"),
    attack: "A registration with a fragment in its redirect",
    run: notRegistered({ redirect_uris: [`${REDIRECT}#x`] }),
  },
  {
    id: "dcr.userinfo",
    source: rfc9700("4.1.1"),
    attack: "A registration with a user name in its redirect",
    run: notRegistered({ redirect_uris: ["https://app.example.com@attacker.example/"] }),
  },
  {
    id: "dcr.keys",
    source: bcp("SSRF"),
    attack: "A registration whose keys would be fetched",
    run: notRegistered({ token_endpoint_auth_method: "private_key_jwt", jwks_uri: "https://169.254.169.254/keys" }),
  },
  {
    id: "dcr.huge",
    source: bcp("SSRF"),
    attack: "A registration of a megabyte",
    run: notRegistered({ client_name: "x".repeat(1 << 20) }),
  },
  {
    id: "dcr.many-redirects",
    source: rfc9700("4.1.1"),
    attack: "A registration with a thousand redirects",
    run: notRegistered({ redirect_uris: Array.from({ length: 1_000 }, (_, at) => `https://app.example.com/${at}`) }),
  },
  {
    id: "dcr.no-json",
    source: rfc9700("4.1.1"),
    attack: "A registration that is no JSON object",
    run: notRegistered("[1,2"),
  },
  {
    id: "dcr.grants",
    source: bcp("scope minimization"),
    attack: "A registration for tokens without a person (client credentials, ID-JAG, implicit, password)",
    run: async (world) => {
      const grants = [
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "implicit",
        "password",
        "authorization_code",
      ];
      const { status, told } = await register(world, {
        grant_types: grants,
        token_endpoint_auth_method: "client_secret_basic",
      });
      if (status >= 400) return { refused: true, answer: `${status} ${String(told["error"])}`, record: REFUSED };
      const secret = String(told["client_secret"]);
      const got = await request(`${world.base}/oauth/token`, {
        method: "POST",
        headers: {
          ...ownAddress(),
          "content-type": "application/x-www-form-urlencoded",
          authorization: `Basic ${Buffer.from(`${String(told["client_id"])}:${secret}`).toString("base64")}`,
        },
        body: new URLSearchParams({ grant_type: "client_credentials", resource: `${world.base}/mcp` }).toString(),
      });
      await got.body.dump();
      const kept = (told["grant_types"] as string[] | undefined) ?? [];
      return {
        refused: got.statusCode >= 400 && kept.every((one) => ["authorization_code", "refresh_token"].includes(one)),
        answer: `kept: ${kept.join(", ")}; a token without a person: ${got.statusCode}`,
        record: denied("token.refused"),
      };
    },
  },
  {
    id: "dcr.foreign-id",
    source: bcp("CIMD trust policies"),
    attack: "A registration takes the id of a client that is known beforehand",
    run: async (world) => {
      const { told } = await register(world, { client_id: "web", client_name: "The web app" });
      return {
        refused: told["client_id"] !== "web",
        answer: `its id: ${told["client_id"] === "web" ? "web" : "another"}`,
      };
    },
  },
  {
    id: "dcr.logo",
    source: bcp("authorization URL validation"),
    attack: "A registration with a javascript: logo",
    run: notRegistered({ logo_uri: "javascript:alert(1)" }),
  },
  {
    id: "dcr.name",
    source: bcp("confused deputy"),
    attack: "A client's name with markup and scripts on the consent page (a real browser)",
    run: (world) => named(world),
  },
  {
    id: "dcr.flood",
    source: bcp("confused deputy"),
    attack: "Six hundred registrations from one address",
    run: async (world) => {
      const way = ownAddress();
      const statuses = new Map<number, number>();
      for (let at = 0; at < 600; at += 20) {
        const some = await Promise.all(Array.from({ length: 20 }, () => register(world, {}, way)));
        for (const { status } of some) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
      const made = statuses.get(201) ?? 0;
      return {
        refused: made < 300 && (statuses.get(429) ?? 0) > 0,
        answer: [...statuses].map(([status, count]) => `${count} × ${status}`).join(", "),
        record: (record) =>
          record.decision === "deny" && (record.reason === "rate_limited" || record.type === "strangers.refused"),
      };
    },
  },
];

/** Shows the consent page for a client with a name of the attacker's making. */
async function named(world: World): Promise<Attempt> {
  const { status, told } = await register(world, {
    client_name: NAME,
  });
  if (status >= 400) return { refused: true, answer: `${status} ${String(told["error"])}`, record: REFUSED };
  const { visitor } = await signIn(world, "ada");
  const client: Client = { id: String(told["client_id"]), redirect: REDIRECT };
  const waiting = await ask(world, visitor, authorizeUrl(world, client, pkce()));
  const page = await world.browser.person();
  try {
    const cookies = visitor.cookies.filter(({ origin }) => origin === world.base);
    await page
      .context()
      .addCookies(cookies.map(({ name, value, path }) => ({ name, value, domain: "127.0.0.1", path })));
    let scripts = 0;
    page.on("dialog", (dialog) => {
      scripts++;
      void dialog.dismiss();
    });
    await page.goto(waiting.url.href);
    const text = await page.locator("h1").innerText();
    const fine = (await page.title()) !== "stolen" && scripts === 0 && !(await page.content()).includes("javascript:");
    const inert = (await page.locator("script, img[src=x]").count()) === 0;
    return {
      refused: fine && inert && text.includes("<img"),
      answer: fine && inert ? "shown as plain text" : "the browser ran it",
    };
  } finally {
    await page.context().close();
  }
}
