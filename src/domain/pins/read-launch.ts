import { isObject, type Json } from "../../kernel/json.ts";
import { type Launch, type PinnedSandbox, record } from "./lock.ts";
import { readObject, readWords, type Say, step } from "./members.ts";

/** Reads the environment and the walls that were consented to (H6); nothing where the lockfile names none. */
export function readLaunch(raw: Json | undefined, entry: string, say: Say): { launch?: Launch } {
  if (raw === undefined) return {};
  const launch = readObject(raw, entry, ["env", "sandbox"], [], say);
  return {
    launch: {
      env: readEnv(launch["env"], `${entry}.env`, say),
      sandbox: readSandbox(launch["sandbox"], `${entry}.sandbox`, say),
    },
  };
}

function readEnv(raw: Json | undefined, entry: string, say: Say): Launch["env"] {
  const env: Record<string, string | { value: string }> = record({});
  if (!isObject(raw)) {
    if (raw !== undefined) say(entry, "must be an object");
    return env;
  }
  for (const [name, value] of Object.entries(raw)) {
    const plain = isObject(value) && Object.keys(value).length === 1 ? value["value"] : undefined;
    if (typeof value === "string") env[name] = value;
    else if (typeof plain === "string") env[name] = { value: plain };
    else say(`${entry}${step(name)}`, "must be a reference or {value: text}");
  }
  return env;
}

function readSandbox(raw: Json | undefined, entry: string, say: Say): PinnedSandbox {
  const box = readObject(raw ?? {}, entry, ["read", "write", "network", "memoryBytes"], ["cpuSeconds", "real"], say);
  const { network, memoryBytes, cpuSeconds, real } = box;
  if (network !== undefined && network !== "none" && network !== "host")
    say(`${entry}.network`, "must be none or host");
  for (const [name, value] of Object.entries({ memoryBytes, cpuSeconds }))
    if (value !== undefined && (!Number.isSafeInteger(value) || Number(value) <= 0))
      say(`${entry}.${name}`, "must be a whole number above 0");
  return {
    read: box["read"] === undefined ? [] : readWords(box["read"], `${entry}.read`, say),
    write: box["write"] === undefined ? [] : readWords(box["write"], `${entry}.write`, say),
    network: network === "host" ? "host" : "none",
    memoryBytes: Number(memoryBytes),
    ...(cpuSeconds === undefined ? {} : { cpuSeconds: Number(cpuSeconds) }),
    ...(real === undefined ? {} : { real: readTexts(real, `${entry}.real`, /./s, "a path", say) }),
  };
}

/** Reads an object whose members are all texts of a form. @param form what would be accepted, in words */
export function readTexts(
  raw: Json,
  entry: string,
  shape: RegExp,
  form: string,
  say: Say,
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = record({});
  if (!isObject(raw)) say(entry, "must be an object");
  else
    for (const [name, value] of Object.entries(raw)) {
      if (typeof value === "string" && shape.test(value)) texts[name] = value;
      else say(`${entry}${step(name)}`, `must be ${form}`);
    }
  return texts;
}
