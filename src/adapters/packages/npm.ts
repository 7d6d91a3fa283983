import { spawn } from "node:child_process";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** What keeps a package from being looked up or installed; the message is for a person. */
export class PackageFault extends Error {}

/** What the registry says of one exact version. */
export interface Published {
  readonly name: string;
  readonly version: string;
  /** Subresource integrity, `sha512-…`. */
  readonly integrity: string | undefined;
  /** Signatures of the registry, and attestations of how it was built: whether there are any. They are not checked here. */
  readonly signed: boolean;
  readonly attested: boolean;
}

/** A look-up takes at most so long, and an installation, milliseconds. */
const LOOK_UP_MS = 45_000;
const INSTALL_MS = 10 * 60_000;
/** One more try, soon: a person waits. */
const RETRIES = ["--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"];
/** Output of npm that is kept, bytes. */
const MOST_OUTPUT = 4 * 1024 * 1024;

/** npm's names (lower case, at most 214): https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const NAME = /^(?=.{1,214}$)(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
/** An exact version (https://semver.org), not a range. */
const EXACT = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
/** What npm's own outer run would otherwise say to the inner one. */
const OUTER = /^npm_(?:lifecycle|package|config_(?:local_|global_)?prefix|command|config_dry_run|config_ignore)/i;

/**
 * Looks up one exact version. Which registry is asked, how and as whom is npm's own configuration.
 * @param spec `name@version`
 * @param folder where npm looks for its configuration first
 * @throws PackageFault where the version is not exact (the newest exact one is named) or there is none
 */
export async function lookUp(spec: string, folder: string): Promise<Published> {
  const at = spec.indexOf("@", 1);
  const [name, wanted] = at < 0 ? [spec, ""] : [spec.slice(0, at), spec.slice(at + 1)];
  if (!NAME.test(name)) throw new PackageFault(`${JSON.stringify(spec)} is no package of npm: write NAME@1.2.3`);
  if (!EXACT.test(wanted)) {
    const newest = await newestOf(name, wanted, folder);
    const what = wanted === "" ? "has no version" : "has no exact version, and ranges and tags change by themselves";
    throw new PackageFault(`${spec} ${what}. The newest is: --package ${name}@${newest}`);
  }
  const fields = ["name", "version", "dist"];
  const found = await view([spec, ...fields], folder).catch(async (error: unknown) => {
    if (!(error instanceof NpmFault) || !["E404", "ETARGET"].includes(error.code)) throw error;
    const newest = await newestOf(name, "", folder);
    throw new PackageFault(
      `The registry has no version ${wanted} of ${name}. The newest is: --package ${name}@${newest}`,
    );
  });
  if (!isObject(found)) throw new PackageFault(`The registry has no version ${wanted} of ${name}`);
  const dist = isObject(found["dist"]) ? found["dist"] : {};
  const { integrity, signatures, attestations } = dist;
  return {
    name,
    version: wanted,
    integrity: typeof integrity === "string" ? integrity : undefined,
    signed: Array.isArray(signatures) && signatures.length > 0,
    attested: isObject(attestations),
  };
}

/** The newest version that fits a range or tag; the one tagged `latest` where none does. */
async function newestOf(name: string, range: string, folder: string): Promise<string> {
  const fits = /^[\w.^~<>=|* -]{1,64}$/.test(range) ? range : "latest";
  const found = await view([`${name}@${fits}`, "version"], folder).catch((error: unknown) => {
    if (error instanceof NpmFault && fits !== "latest") return view([`${name}@latest`, "version"], folder);
    throw error;
  });
  const versions = (Array.isArray(found) ? found : [found]).filter((one) => typeof one === "string");
  const parts = (version: string): number[] => version.split(/[.+-]/).slice(0, 3).map(Number);
  const [newest] = versions.toSorted((a, b) => {
    const [x, y] = [parts(a), parts(b)];
    return (y[0] ?? 0) - (x[0] ?? 0) || (y[1] ?? 0) - (x[1] ?? 0) || (y[2] ?? 0) - (x[2] ?? 0);
  });
  return newest ?? "1.2.3";
}

async function view(words: readonly string[], folder: string): Promise<Json> {
  return npm(["view", ...words, "--json", ...RETRIES, "--fetch-timeout=15000"], folder, LOOK_UP_MS);
}

/**
 * Installs one exact version with all it needs. Nothing of it is run: install scripts stay off.
 * @param folder empty, and gets package.json, package-lock.json and node_modules of its own
 * @throws PackageFault
 */
export async function installPackage(spec: string, folder: string): Promise<void> {
  await npm(
    [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--save-exact",
      "--omit=dev",
      "--package-lock=true",
      "--install-strategy=hoisted",
      "--global=false",
      "--workspaces=false",
      "--dry-run=false",
      "--json",
      ...RETRIES,
      spec,
    ],
    folder,
    INSTALL_MS,
  );
}

/** npm's own code for what went wrong. */
class NpmFault extends PackageFault {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

async function npm(args: readonly string[], folder: string, patienceMs: number): Promise<Json> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OUTER.test(name)));
  const child = spawn("npm", [...args, "--prefix", folder, "--no-update-notifier"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (text.length < MOST_OUTPUT) text += chunk;
  });
  let late = false;
  const end = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // It is gone already.
    }
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, patienceMs);
  process.once("exit", end);
  const code = await new Promise<number | null | string>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
    child.once("close", resolve);
  });
  clearTimeout(timer);
  process.removeListener("exit", end);
  if (late) throw new PackageFault(`npm did not finish within ${patienceMs / 1000} s. ${NETWORK}`);
  if (code === "ENOENT") throw new PackageFault("There is no npm on PATH, and it installs the packages of servers");
  const answer = readJson(text);
  const fault = isObject(answer) && isObject(answer["error"]) ? answer["error"] : undefined;
  if (code !== 0 || fault !== undefined) throw explained(fault ?? {}, args);
  return answer ?? null;
}

const NETWORK =
  "Check the network, the proxy, and which registry npm is set to: npm config get registry; npm ping. A package that is installed already needs no registry";

/** @param fault `{code, summary, detail}`; addresses in it are not told */
function explained(fault: JsonObject, args: readonly string[]): NpmFault {
  const code = typeof fault["code"] === "string" ? fault["code"] : "unknown";
  const asked = args.find((arg) => /^@?[a-z0-9~][^=]*$/.test(arg) && !["install", "view"].includes(arg));
  const spec = asked?.replace(/@latest$/, "") ?? "the package";
  const sentences: Readonly<Record<string, string>> = {
    E404: `The registry has no package ${spec}, or does not show it to this account`,
    ETARGET: `The registry does not have all versions that ${spec} needs`,
    EINTEGRITY: `What the registry sent for ${spec} does not match the integrity that it published; nothing was installed`,
    E401: `The registry asks for a sign-in for ${spec}: npm login`,
    E403: `The registry refuses ${spec} to this account`,
    ERESOLVE: `${spec} needs packages that contradict each other`,
    EBADENGINE: `${spec} does not run on this version of Node`,
    ENOSPC: "The disk is full",
    EACCES: "This account may not write the folder of the packages or npm's cache",
    EALLOWGIT: `${spec} needs a package from git, which npm's configuration forbids`,
  };
  const known = sentences[code];
  if (known !== undefined) return new NpmFault(code, `${known} (npm: ${code})`);
  const offline =
    /^(?:E(?:CONN|NOT|TIME|AI_|HOST|NET|SOCKET|PIPE)|ERR_SOCKET|ENOTCACHED|E5\d\d|FETCH|UNABLE|CERT|SELF_)/;
  const what = offline.test(code) ? `The registry did not answer. ${NETWORK}` : `npm failed for ${spec}`;
  return new NpmFault(code, `${what} (npm: ${code})`);
}

function readJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
