/** Everything that a sign-in needs, all of it real: identity provider, browser, gateway process, and a server behind it. */
import type { Page } from "playwright-core";
import { type Browser, startBrowser } from "../fixtures/browser.ts";
import { type IdentityProvider, startIdentityProvider } from "../fixtures/identity-provider.ts";
import { startModernUpstream } from "../gateway/modern-upstream.ts";
import type { UpstreamFixture } from "../gateway/script.ts";
import { type Gateway, place, start } from "../gateway/setting.ts";

import { type Known, type Program, startProgram } from "./program.ts";

export interface Stage {
  readonly provider: IdentityProvider;
  readonly browser: Browser;
  readonly gateway: Gateway;
  readonly upstream: UpstreamFixture;
  /** The gateway's base URL. */
  readonly base: string;
  /** Ada's browser. */
  readonly page: Page;
  /** A program that ends with the stage. */
  program(name: string, known?: Known): Promise<Program>;
  stop(): Promise<void>;
}

/** People at the provider: one password for all of them. */
export const PASSWORD = "a long password of tests";

const TOOLS = [
  "echo: { effect: read }",
  "steps: { effect: read }",
  "wait: { effect: read }",
  "ask: { effect: read }",
  "remember: { effect: write }",
  "cancelled: { effect: read }",
  "grow: { effect: write }",
  "touch: { effect: write }",
].join(", ");

/**
 * Starts it all. Ada is in `engineers`, Bob in `readers`; `engineer` may use all of `files` and `notes`, `reader` may
 * read in `files`.
 * @param identity further lines of `identity`, indented by two
 */
export async function startStage(
  options: {
    identity?: readonly string[];
    provider?: readonly string[];
    yaml?: readonly string[];
    env?: NodeJS.ProcessEnv;
  } = {},
): Promise<Stage> {
  const [provider, browser, upstream] = await Promise.all([
    startIdentityProvider(),
    startBrowser(),
    startModernUpstream(),
  ]);
  await provider.addUser("ada", PASSWORD, "ada@example.com", ["engineers"]);
  await provider.addUser("bob", PASSWORD, "bob@example.com", ["readers"]);
  const env = { CORP_SECRET: provider.clientSecret, ...options.env };
  const where = place(
    [
      "identity:",
      "  providers:",
      "    corp:",
      `      issuer: ${provider.issuer}`,
      `      metadata: ${provider.metadata}`,
      `      client: { id: ${provider.clientId}, secret: "env:CORP_SECRET" }`,
      "      roles: { engineers: [engineer], readers: [reader] }",
      "      check: 10s",
      ...(options.provider ?? []).map((line) => `      ${line}`),
      ...(options.identity ?? []).map((line) => `  ${line}`),
      "servers:",
      `  files: { url: ${upstream.url}, tools: { ${TOOLS} } }`,
      `  notes: { url: ${upstream.url}, tools: { ${TOOLS} } }`,
      "access:",
      '  - { role: engineer, allow: ["files.*", "notes.*"] }',
      '  - { role: reader, allow: ["files.echo"] }',
      ...(options.yaml ?? []),
    ].join("\n"),
    env,
  );
  await where.approve("files", "notes");
  const gateway = await start(where, env);
  const base = new URL(gateway.endpoint).origin;
  await provider.addRedirect(`${base}/sign-in/callback/corp`);
  const programs: Program[] = [];
  return {
    provider,
    browser,
    gateway,
    upstream,
    base,
    page: await browser.person(),
    async program(name, known) {
      const program = await startProgram(name, known);
      programs.push(program);
      return program;
    },
    async stop() {
      for (const program of programs) await program.close();
      await browser.stop();
      await gateway.stop();
      await provider.stop();
      await upstream.close();
    },
  };
}
