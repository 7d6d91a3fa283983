/** Everything that a sign-in needs, all of it real: identity provider, browser, gateway process, and a server behind it. */
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

  /** A program that ends with the stage. */
  program(name: string, known?: Known): Promise<Program>;
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Further lines of `identity`. */
  readonly identity?: readonly string[];
  /** Further lines of the provider, of `access`, and of the whole. */
  readonly provider?: readonly string[];
  readonly access?: readonly string[];
  readonly lines?: readonly string[];
  /** What every command sees besides. */
  readonly env?: NodeJS.ProcessEnv;
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
 */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const [provider, browser, upstream] = await Promise.all([
    startIdentityProvider(),
    startBrowser(),
    startModernUpstream(),
  ]);
  try {
    return await openStage(provider, browser, upstream, options);
  } catch (error) {
    await Promise.all([provider.stop(), browser.stop(), upstream.close()]);
    throw error;
  }
}

async function openStage(
  provider: IdentityProvider,
  browser: Browser,
  upstream: UpstreamFixture,
  options: StageOptions,
): Promise<Stage> {
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
      '  - { role: engineer, allow: ["files.*", "notes.*"], effects: [read, write], approval: none }',
      '  - { role: reader, allow: ["files.echo"], effects: [read, write], approval: none }',
      ...(options.access ?? []).map((line) => `  - ${line}`),
      ...(options.lines ?? []),
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
