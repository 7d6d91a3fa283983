import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type Json } from "../../kernel/json.ts";
import { makeFolder } from "../files/home.ts";
import { type PackageTree, packageTree } from "../files/package-tree.ts";
import { installPackage } from "./npm.ts";

/** What npm wrote down of an installation. */
export interface Installation {
  /** Packages in it. */
  readonly packages: number;
  /** Names of those for which npm knows no integrity: they come from git or an address, not from a registry. */
  readonly unproved: readonly string[];
  /** Names of those that have install scripts, which did not run. */
  readonly scripts: readonly string[];
}

/** Where the packages of servers lie: each server has a folder with one installation per version, so that a new version disturbs no running one. */
export class ServerPackages {
  #home: string;
  #own: string;

  /** @param home folder of the state @param own folder whose node_modules came with Cardea itself */
  constructor(home: string, own: string) {
    this.#home = home;
    this.#own = own;
  }

  /** What is installed of a server's package in this version: its own installation first, else what came with Cardea. */
  find(server: string, name: string, version: string): (PackageTree & { readonly root: string }) | undefined {
    const folder = this.#folder(server, version);
    const alone = isFolder(join(folder, "node_modules", name));
    const root = alone ? folder : this.#own;
    const tree = packageTree(root, name, alone);
    return tree?.version === version ? { ...tree, root } : undefined;
  }

  /**
   * Installs one exact version for a server, whole or not at all.
   * @param undo takes it away again; does nothing where it was there before
   * @throws PackageFault
   */
  async install(server: string, name: string, version: string): Promise<{ undo(): void }> {
    const folder = this.#folder(server, version);
    const next = `${folder}.new`;
    makeFolder(this.#home, 0o700);
    makeFolder(join(this.#home, "packages", server), 0o700);
    rmSync(next, { recursive: true, force: true });
    mkdirSync(next, { mode: 0o700 });
    try {
      writeFileSync(join(next, "package.json"), `${JSON.stringify({ private: true })}\n`);
      await installPackage(`${name}@${version}`, next);
      rmSync(folder, { recursive: true, force: true });
      renameSync(next, folder);
    } finally {
      rmSync(next, { recursive: true, force: true });
    }
    return { undo: () => this.remove(server, version) };
  }

  /** Takes away what is installed for a server. @param version of this version alone */
  remove(server: string, version?: string): void {
    const all = join(this.#home, "packages", server);
    rmSync(version === undefined ? all : this.#folder(server, version), { recursive: true, force: true });
    if (version !== undefined && isFolder(all) && readdirSync(all).length === 0) rmSync(all, { recursive: true });
  }

  #folder(server: string, version: string): string {
    return join(this.#home, "packages", server, version);
  }
}

/** What npm wrote down in `node_modules/.package-lock.json`. @param only folders of packages that count */
export function installationOf(root: string, only: readonly string[]): Installation {
  const packages = readPackages(join(root, "node_modules/.package-lock.json"));
  const counted = new Set(only);
  const found = Object.entries(packages).filter(([path]) => counted.has(join(root, path)));
  const names = (list: typeof found) => list.map(([path]) => path.slice(path.lastIndexOf("node_modules/") + 13));
  return {
    packages: found.length,
    unproved: names(found.filter(([, one]) => !isObject(one) || typeof one["integrity"] !== "string")),
    scripts: names(found.filter(([, one]) => isObject(one) && one["hasInstallScript"] === true)),
  };
}

function readPackages(path: string): Record<string, Json> {
  try {
    const packages = (JSON.parse(readFileSync(path, "utf8")) as { packages?: Json }).packages;
    return isObject(packages) ? packages : {};
  } catch {
    return {};
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
