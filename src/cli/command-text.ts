import type { CommandFacts } from "../domain/catalogue/servers-admin.ts";
import { shownWord } from "../domain/pins/index.ts";
import { labelled, phrases } from "./wrapped.ts";

/** A word of a command line in quotes where a shell would need them, with spaces and what looks like something else shown. */
const word = (text: string): string =>
  /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${shownWord(text).replaceAll("'", "'\\''")}'`;

const MIB = 1024 * 1024;

/**
 * What runs, within which walls, and what was checked of it: what a person consents to (H6).
 * @param all also the whole command with what confines it, and the digest of the consent
 * @returns lines without their ends
 */
export function commandLines(facts: CommandFacts, all: boolean): string[] {
  const { sandbox, env } = facts;
  const path = (one: string): string => {
    const real = facts.leads[one];
    return real === undefined ? word(one) : `${word(one)} → ${word(real)}`;
  };
  const paths = (list: readonly string[]): string => list.map(path).join("  ") || "nothing";
  const walls = [
    ...labelled("may read", paths(sandbox.read)),
    ...labelled("may write", paths(sandbox.write)),
    ...labelled(
      "may use",
      [
        sandbox.network === "none" ? "no network" : "the network, without limits",
        `${Math.round(sandbox.memoryBytes / MIB)} MiB of memory`,
        ...(sandbox.cpuSeconds === undefined ? [] : [`${sandbox.cpuSeconds} s of CPU`]),
        env.length === 0
          ? "no variables"
          : `variables ${env.map(({ name, from }) => `${name}=${shownWord(from)}`).join(" ")}`,
      ].join(" · "),
    ),
    ...labelled("walls", facts.confinement ?? facts.fault ?? "none"),
  ];
  const origin =
    facts.package === undefined
      ? labelled("program", facts.sha256 ?? "not pinned: the command names no file")
      : [
          ...labelled("package", `${facts.package.spec} and ${facts.package.packages - 1} that it needs`),
          ...labelled("integrity", facts.package.integrity),
          ...labelled("all files", facts.package.tree),
        ];
  return [
    ...phrases(facts.line.map(word), "", "    "),
    ...walls,
    ...origin,
    ...facts.checked.flatMap((sentence) => labelled("checked", sentence)),
    ...facts.unchecked.flatMap((sentence) => labelled("unchecked", sentence)),
    ...(all ? labelled("consent", `sha256:${facts.digest}`) : []),
    ...(all && facts.spawned !== undefined ? phrases(facts.spawned.map(word), "spawned    ", "    ") : []),
  ];
}
