import { checkPattern } from "./check-access.ts";
import { checkUrl } from "./check-identity.ts";
import { checkRanges } from "./check-listen.ts";
import { child, entries, near, pathText, type Report, type Step, texts } from "./fault.ts";
import { SCREEN_ACTIONS } from "./screen-schema.ts";

/** S1 to S4: patterns name something, and each kind is given what can become of it. */
export function checkScreen(raw: unknown, report: Report): void {
  const servers = entries(child(raw, "servers")).map(([name]) => name);
  checkClassifier(child(child(raw, "screen"), "classifier"), servers, report);
  for (const list of ["rules", "allow"]) {
    const rules = child(child(raw, "screen"), list);
    for (const [at, rule] of Array.isArray(rules) ? rules.entries() : []) {
      const path = ["screen", list, at];
      const match = child(rule, "match");
      if (typeof match === "string") checkPattern(match, [...path, "match"], servers, report);
      const action = child(rule, "action");
      if (typeof action !== "string") continue;
      for (const [, kind] of texts(child(rule, "kinds"))) checkAction(kind, action, [...path, "action"], report);
    }
  }
}

/** Headers of the request itself, which the gateway writes. */
const OWN_HEADERS = ["content-type", "content-length", "accept", "host", "connection", "transfer-encoding", "expect"];

function checkClassifier(classifier: unknown, servers: readonly string[], report: Report): void {
  const path = ["screen", "classifier"];
  checkUrl(child(classifier, "url"), [...path, "url"], report);
  checkRanges(texts(child(classifier, "private")), [...path, "private"], report);
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
