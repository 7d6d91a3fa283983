import { layersOf } from "./layers.ts";

/** Where a path may lead. */
export interface Roots {
  /** Absolute folders, `/a/b` or `C:/a/b`, without a slash at the end. */
  readonly folders: readonly string[];
  /** Where relative paths start; undefined: nobody here knows, and they are refused. */
  readonly from: string | undefined;
  /** The server runs on this machine, which is no Windows. */
  readonly local: boolean;
}

/** What is wrong with a value, for a model that wants to mend it. */
export interface Objection {
  readonly rule: string;
  readonly message: string;
}

const LONGEST = 4096;

/**
 * Whether a path stays below its roots however it is read: plain, percent-decoded, with backslashes as separators, as a file:
 * URL. Segments `..` are refused, since behind a symbolic link they lead elsewhere than they seem.
 * @returns what is wrong; else the absolute path, for the look at symbolic links
 */
export function guardPath(text: string, roots: Roots): Objection | { readonly path: string } {
  const bad = (rule: string, message: string): Objection => ({ rule: `path: ${rule}`, message });
  if (text.length > LONGEST) return bad("length", `is longer than ${LONGEST} characters`);
  const layers = layersOf(text);
  if (layers === undefined) return bad("encoding", "holds encodings that do not end or are overlong");
  let first: string | undefined;
  for (const layer of layers) {
    const read = readLayer(layer, roots);
    if (typeof read !== "string") return bad(read.rule, read.message);
    first ??= read;
  }
  return { path: first as string };
}

function readLayer(layer: string, roots: Roots): string | Objection {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they end or split paths for some readers.
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(layer))
    return no("control character", "holds a control character");
  // Some readers leave out what is not seen, and then see the dots.
  if (/\p{Default_Ignorable_Code_Point}/u.test(layer))
    return no("invisible character", "holds a character that is not seen");
  if (/\{[^{},]*,[^{}]*\}|\\0?56|\\0?57/.test(layer))
    return no("expansion", "holds braces or escapes that a shell expands");
  const plain = fileUrl(layer.replaceAll("\\", "/"));
  if (plain === undefined) return no("file URL", "is a file: URL with a host, a query or a fragment");
  if (/^[a-z][a-z0-9+.-]+:/i.test(plain)) return no("scheme", "is a URL; give a path");
  if (plain.startsWith("//")) return no("UNC", "begins with two slashes");
  if (/^[a-z]:(?!\/)/i.test(plain)) return no("drive", "is relative to a drive");
  if (plain.startsWith("~")) return no("home", "begins with ~; give the path itself");
  if (/^(?:\$\{|\$[A-Z_]+(?:\/|$)|%[A-Z_]+%)/i.test(plain))
    return no("variable", "begins with a variable; give the path itself");
  const fault = plain
    .split("/")
    .map((segment) => segmentFault(segment, roots.local))
    .find(Boolean);
  if (fault !== undefined) return fault;
  const absolute = /^(?:\/|[a-z]:\/)/i.test(plain);
  if (!absolute && roots.from === undefined)
    return no("absolute", `must be absolute and below ${roots.folders.join(" or ")}`);
  const path = (absolute ? plain : `${roots.from}/${plain}`).replaceAll(/\/(?:\.?\/)+/g, "/").replace(/\/\.?$/, "");
  if (roots.folders.some((root) => path === root || path.startsWith(root === "/" ? "/" : `${root}/`))) return path;
  return no("root", `must lie below ${roots.folders.join(" or ")}`);
}

const no = (rule: string, message: string): Objection => ({ rule, message });

/** The path of a file: URL of this machine; other texts as they are. */
function fileUrl(text: string): string | undefined {
  const url = /^\s*file:(.*)$/is.exec(text);
  if (url === null) return text;
  const rest = url[1] ?? "";
  if (/[?#]/.test(rest)) return undefined;
  const path = /^\/\/(?:localhost)?(\/.*)$/i.exec(rest)?.[1] ?? (/^\/(?!\/)/.test(rest) ? rest : undefined);
  return path?.replace(/^\/([a-z]:\/)/i, "$1");
}

function segmentFault(segment: string, local: boolean): Objection | undefined {
  if (segment === "" || segment === ".") return undefined;
  if (/^[.\s]+$/.test(segment)) return no("dot segment", "holds a segment of dots; give the path without `..`");
  if (/[.\s]$/.test(segment) || /^\s/.test(segment)) return no("ends", "holds a segment that ends in a dot or a space");
  // Some servers cut a path parameter off, and then see the dots (RFC 3986, section 3.3).
  if (/^\.{1,2}[;,]/.test(segment)) return no("dot segment", "holds a dot segment with a parameter");
  if (/::|:\$/.test(segment) || (!local && /[^:]:[^:]*$/.test(segment) && !/^[a-z]:$/i.test(segment)))
    return no("stream", "names an alternate stream of a file");
  return undefined;
}

/** Whether a real path lies below one of the real roots. */
export function isBelow(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root === "/" ? "/" : `${root}/`));
}
