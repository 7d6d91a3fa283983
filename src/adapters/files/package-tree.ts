import { hash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { isObject, type Json, type JsonObject } from "../../kernel/json.ts";

/** An installed npm package as it will run. */
export interface PackageTree {
  readonly version: string;
  /** Subresource integrity (`sha512-…`) under which npm installed the package. */
  readonly integrity: string;
  /** `sha256:` and hex, over every file of the package and of everything it depends on. */
  readonly tree: string;
  /** Absolute path of the script that the package names as its program. */
  readonly entry: string;
  /** Absolute paths of the package and of everything it depends on: all that it has to read. */
  readonly folders: readonly string[];
}

interface Package {
  readonly folder: string;
  /** `name@version`. */
  readonly id: string;
  readonly manifest: JsonObject;
}

/**
 * T1: finds an installed package and takes the digest of what will run. Every file is read every time: dates and sizes
 * can be forged. The digest does not depend on where npm has put the packages, but on which one each depends on.
 * Optional dependencies that are installed count, so packages with programs for one platform have a digest for each.
 *
 * @param root the folder whose `node_modules` holds the package, or a folder below it
 * @param name the package's name
 * @param alone whether the installation is of this package alone: then everything below its `node_modules` counts, so that
 *   nothing can be planted there; packages that are installed beside others share the folder with what they do not need
 * @returns undefined where there is nothing that could be pinned: the package, something that it needs or its program is
 *   missing, npm wrote down no integrity, or a symbolic link stands where npm makes none
 */
export function packageTree(root: string, name: string, alone = false): PackageTree | undefined {
  try {
    return readTree(root, name, alone);
  } catch (error) {
    if (error instanceof Unfit || (error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}

/** What is installed is nothing that npm makes. */
class Unfit extends Error {}

function readTree(root: string, name: string, alone: boolean): PackageTree {
  const folder = find(root, name);
  if (folder === undefined) throw new Unfit();
  const lines = new Set<string>();
  const seen = new Map<string, Package>();
  const nested: string[] = [];
  const open = (at: string): Package => {
    const known = seen.get(at);
    if (known !== undefined) return known;
    const found = readPackage(at);
    seen.set(at, found);
    addFiles(at, at, found.id, lines, nested);
    for (const [needed, optional] of dependencies(found.manifest)) {
      const there = find(at, needed);
      if (optional === "peer" && there !== undefined && isDevelopment(there)) continue;
      if (there !== undefined) lines.add(line("edge", found.id, needed, open(there).id));
      else if (optional === "no") throw new Unfit();
    }
    return found;
  };
  const top = open(folder);
  if (alone) {
    const { packages, files } = packagesIn(join(root, "node_modules"));
    nested.push(...packages);
    for (const file of files) lines.add(fileLine(root, file, "undeclared"));
  }
  // A package that nothing declares can still be found by a script beside it.
  for (let at = nested.pop(); at !== undefined; at = nested.pop()) {
    if (!seen.has(at)) addFiles(at, at, `undeclared ${at.split(`${sep}node_modules${sep}`).at(-1)}`, lines, nested);
  }
  return {
    version: text(top.manifest["version"]),
    integrity: integrity(folder),
    tree: `sha256:${hash("sha256", [...lines].sort().join("\n"))}`,
    entry: entry(top, name),
    folders: [...seen.keys()].sort(),
  };
}

/** Finds a package the way Node does (https://nodejs.org/api/modules.html#loading-from-node_modules-folders). */
function find(from: string, name: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name);
    if (basename(at) !== "node_modules") {
      // Node prefers `name.js` and its like to the folder of that name. npm makes none.
      if ([".js", ".json", ".node"].some((ending) => existsSync(folder + ending))) throw new Unfit();
      if (existsSync(join(folder, "package.json"))) return folder;
      if (existsSync(folder)) throw new Unfit();
    }
    if (dirname(at) === at) return undefined;
  }
}

function readPackage(folder: string): Package {
  if (lstatSync(folder).isSymbolicLink()) throw new Unfit();
  const manifest = readJson(join(folder, "package.json"));
  if (manifest === undefined) throw new Unfit();
  return { folder, id: `${text(manifest["name"])}@${text(manifest["version"])}`, manifest };
}

/** Whether it does without: never, where it is not installed, or where it is a peer that another one brings. */
type Optional = "no" | "yes" | "peer";

/** What a package needs, and whether it does without. Some name optional peers in `peerDependenciesMeta` alone. */
function dependencies(manifest: JsonObject): Map<string, Optional> {
  const names = (key: string) => Object.keys(isObject(manifest[key]) ? manifest[key] : {});
  const spared = isObject(manifest["peerDependenciesMeta"]) ? manifest["peerDependenciesMeta"] : {};
  const found = new Map<string, Optional>();
  for (const name of [...names("peerDependencies"), ...names("peerDependenciesMeta")]) {
    const meta = spared[name];
    found.set(name, isObject(meta) && meta["optional"] === true ? "peer" : "no");
  }
  for (const name of names("dependencies")) found.set(name, "no");
  for (const name of names("optionalDependencies")) found.set(name, "yes");
  return found;
}

/** Whether npm wrote down that only the development of the program needs it: an installation without it is the same. */
function isDevelopment(folder: string): boolean {
  return noted(folder).some((one) => one["dev"] === true);
}

function addFiles(base: string, folder: string, id: string, lines: Set<string>, nested: string[]): void {
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    if (item.name === "node_modules" && item.isDirectory()) {
      const { packages, files } = packagesIn(path);
      nested.push(...packages);
      // npm puts none there, but packages bring such folders along for their tests.
      for (const file of files) lines.add(fileLine(base, file, id));
    } else if (item.isDirectory()) addFiles(base, path, id, lines, nested);
    else if (item.isFile()) {
      lines.add(fileLine(base, path, id));
    } else throw new Unfit();
  }
}

function packagesIn(folder: string): { packages: string[]; files: string[] } {
  const found: { packages: string[]; files: string[] } = { packages: [], files: [] };
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    // npm's own notes and links; no name of a package begins with a dot.
    if (item.name === ".bin" || item.name === ".package-lock.json") continue;
    const path = join(folder, item.name);
    if (item.isFile()) found.files.push(path);
    else if (!item.isDirectory()) throw new Unfit();
    else if (item.name.startsWith("@")) {
      const { packages, files } = packagesIn(path);
      found.packages.push(...packages);
      found.files.push(...files);
    } else found.packages.push(path);
  }
  return found;
}

function fileLine(base: string, path: string, id: string): string {
  return line("file", id, relative(base, path).split(sep).join("/"), hash("sha256", readFileSync(path)));
}

function line(...parts: string[]): string {
  return JSON.stringify(parts);
}

/** The integrity that npm wrote down: in `.package-lock.json`, which it keeps beside what it installed. */
function integrity(folder: string): string {
  const found = noted(folder).find((one) => typeof one["integrity"] === "string");
  if (found === undefined) throw new Unfit();
  return text(found["integrity"]);
}

/** What npm wrote down of an installed package, the nearest note first. */
function noted(folder: string): JsonObject[] {
  const notes: JsonObject[] = [];
  for (let at = dirname(folder); dirname(at) !== at; at = dirname(at)) {
    if (basename(at) !== "node_modules") continue;
    const packages = readJson(join(at, ".package-lock.json"))?.["packages"];
    const key = relative(dirname(at), folder).split(sep).join("/");
    const found = isObject(packages) && Object.hasOwn(packages, key) ? packages[key] : undefined;
    if (isObject(found)) notes.push(found);
  }
  return notes;
}

function entry(found: Package, name: string): string {
  const bin = found.manifest["bin"];
  const named = isObject(bin) ? bin : {};
  const programs = Object.values(named);
  const script =
    typeof bin === "string" ? bin : (named[basename(name)] ?? (programs.length === 1 ? programs[0] : undefined));
  if (typeof script !== "string") throw new Unfit();
  const path = join(found.folder, script);
  if (!path.startsWith(found.folder + sep) || !existsSync(path) || !lstatSync(path).isFile()) {
    throw new Unfit();
  }
  return path;
}

function readJson(path: string): JsonObject | undefined {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
