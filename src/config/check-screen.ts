import { checkPattern } from "./check-access.ts";
import { isIP } from "node:net";
import { FINDING_KINDS } from "../kernel/finding-kinds.ts";
import { isPrivate } from "./addresses.ts";
import { checkRoles, checkUrl, rolesOf } from "./check-identity.ts";
import { checkRanges } from "./check-listen.ts";
import { child, entries, near, pathText, quoted, type Report, type Step, texts } from "./fault.ts";
import { SCREEN_ACTIONS } from "./screen-schema.ts";

/** S1 to S4: patterns name something, and each kind is given what can become of it. */
export function checkScreen(raw: unknown, report: Report): void {
  const servers = entries(child(raw, "servers")).map(([name]) => name);
  checkClassifier(child(child(raw, "screen"), "classifier"), servers, report);
  for (const [kind] of entries(child(child(raw, "screen"), "kinds")))
    if (!FINDING_KINDS.has(kind)) unknownKind(kind, ["screen", "kinds", kind], true, FINDING_KINDS, report);
  const roles = rolesOf(child(raw, "access"));
  for (const list of ["rules", "allow"]) {
    const rules = child(child(raw, "screen"), list);
    for (const [at, rule] of Array.isArray(rules) ? rules.entries() : []) {
      const path = ["screen", list, at];
      const match = child(rule, "match");
      if (typeof match === "string") checkPattern(match, [...path, "match"], servers, report);
      checkRoles(child(rule, "roles"), [...path, "roles"], roles, report);
      for (const [index, kind] of texts(child(rule, "kinds")))
        if (!ALL_KINDS.has(kind)) unknownKind(kind, [...path, "kinds", index], false, ALL_KINDS, report);
      const action = child(rule, "action");
      if (action === "quarantine" && child(rule, "direction") === "argument")
        report({
          path: [...path, "action"],
          message: `${pathText([...path, "action"])} keeps nothing of arguments: such a call is refused, as with block`,
          expected: "block, or another action for arguments",
          remedy: "Write `action: block`.",
        });
      if (typeof action !== "string") continue;
      for (const [, kind] of texts(child(rule, "kinds"))) checkAction(kind, action, [...path, "action"], report);
    }
  }
}

/** What rules may name beside single kinds. */
const ALL_KINDS: ReadonlySet<string> = new Set(["secret", "card", "personal", "hidden", "T1", "T2", ...FINDING_KINDS]);

function unknownKind(
  kind: string,
  path: readonly Step[],
  atKey: boolean,
  known: ReadonlySet<string>,
  report: Report,
): void {
  const guess = near(kind, [...known]);
  report({
    path,
    atKey,
    message: `${pathText(path)} is no kind of finding${atKey ? "" : `: ${quoted(kind)}`}`,
    expected: "a kind that `cardea inspect` names, such as iban, email, github-token or override",
    ...guess,
    remedy: guess.nearest === undefined ? "Write the kind as findings have it." : `Write ${guess.nearest}.`,
  });
}

/** Headers of the request itself, which the gateway writes. */
const OWN_HEADERS = ["content-type", "content-length", "accept", "host", "connection", "transfer-encoding", "expect"];

function checkClassifier(classifier: unknown, servers: readonly string[], report: Report): void {
  const path = ["screen", "classifier"];
  checkUrl(child(classifier, "url"), [...path, "url"], report);
  checkRanges(texts(child(classifier, "private")), [...path, "private"], report);
  checkReach(classifier, path, report);
  for (const [name] of entries(child(classifier, "headers"))) {
    if (!OWN_HEADERS.includes(name.toLowerCase())) continue;
    report({
      path: [...path, "headers", name],
      atKey: true,
      message: `${pathText([...path, "headers", name])} is a header that the gateway writes itself`,
      expected: "headers such as Authorization",
      remedy: "Remove it.",
    });
  }
  for (const [at, name] of texts(child(classifier, "servers"))) {
    if (servers.includes(name)) continue;
    report({
      path: [...path, "servers", at],
      message: `${pathText([...path, "servers", at])} names no configured server`,
      expected: servers.length === 0 ? "a server of `servers`; there is none" : `one of ${servers.join(", ")}`,
      ...near(name, servers),
      remedy: "Name a server of this configuration.",
    });
  }
}

/** A literal address that the dialer would refuse, and every call with it. */
function checkReach(classifier: unknown, path: readonly Step[], report: Report): void {
  const url = child(classifier, "url");
  if (typeof url !== "string" || !URL.canParse(url) || texts(child(classifier, "private")).length > 0) return;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) === 0 || !isPrivate(host)) return;
  report({
    path: [...path, "url"],
    message: `${pathText([...path, "url"])} is a private or link-local address, and \`private\` allows none`,
    expected: "a public host, or screen.classifier.private with the range that it is in",
    remedy: `Write \`private: ["${host}/${isIP(host) === 4 ? 32 : 128}"]\` if it is meant.`,
  });
}

function checkAction(kind: string, action: string, path: readonly Step[], report: Report): void {
  const accepted: readonly string[] =
    SCREEN_ACTIONS[kind === "T1" || kind === "T2" ? "orders" : kind === "hidden" ? "hidden" : "value"];
  if (accepted.includes(action)) return;
  report({
    path,
    message: `${pathText(path)} is none that can become of ${kind}`,
    expected: `one of ${accepted.join(", ")} for ${kind}`,
    remedy: "Give this kind a rule of its own, with one of these.",
  });
}
