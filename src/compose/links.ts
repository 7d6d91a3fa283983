import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isBelow } from "../domain/shaping/guards/index.ts";

/** As many links as Linux follows in one path. */
const MOST_LINKS = 40;

/**
 * Whether a path leads out of its roots by symbolic links (V3). A link to what does not exist counts: a write would make it there.
 * @returns why it is refused; undefined: it stays below. What cannot be looked at is refused
 */
export function linkFault(path: string, roots: readonly string[]): string | undefined {
  const real = realOf(path);
  const below = roots.flatMap((root) => realOf(root) ?? []);
  if (real !== undefined && isBelow(real, below)) return undefined;
  return "leads out of its folder by a symbolic link, or cannot be looked at";
}

/** The real path of a file, or of the nearest folder above that exists, with the rest behind it. */
function realOf(path: string, links = 0): string | undefined {
  let above = path;
  for (;;) {
    const rest = path.slice(above === "/" ? 0 : above.length);
    try {
      const real = realpathSync(above);
      return rest === "" ? real : `${real === "/" ? "" : real}${rest}`;
    } catch (error) {
      if (!isMissing(error)) return undefined;
    }
    const target = targetOf(above);
    if (target === null) return undefined;
    if (target !== undefined) {
      const folder = realOf(dirname(above), links + 1);
      if (folder === undefined || links >= MOST_LINKS) return undefined;
      return realOf(`${resolve(folder, target)}${rest}`, links + 1);
    }
    const next = dirname(above);
    if (next === above) return undefined;
    above = next;
  }
}

/** Where a link points as it is written; undefined: there is none; null: nobody can say. */
function targetOf(path: string): string | undefined | null {
  try {
    if (!lstatSync(path).isSymbolicLink()) return null;
    const target = readlinkSync(path);
    // Behind another link, `..` leads elsewhere than the text says.
    return /[^./][^/]*\/(?:.*\/)?\.\.(?:\/|$)/.test(target) ? null : target;
  } catch (error) {
    return isMissing(error) ? undefined : null;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
