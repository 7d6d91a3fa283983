import { isAbsolute } from "node:path";
import { isHost, isLoopback, readRange } from "./addresses.ts";
import { child, pathText, type Report, type Step, texts } from "./fault.ts";

/** W4, W5: what `listen` says has to be reachable safely: TLS, a named proxy, or the operator's explicit word. */
export function checkListen(raw: unknown, report: Report): void {
  const listen = child(raw, "listen");
  const host = child(listen, "host");
  const tls = child(listen, "tls");
  const proxies = texts(child(listen, "trustedProxies"));
  if (typeof host === "string") {
    if (!isHost(host)) {
      report({
        path: ["listen", "host"],
        message: "listen.host is neither an IP address nor a host name",
        expected: "an address such as 127.0.0.1, without scheme and port",
        remedy: "Write the address alone; the port has its own key.",
      });
    } else if (
      !isLoopback(host) &&
      tls === undefined &&
      proxies.length === 0 &&
      child(listen, "insecureHttp") !== true
    ) {
      report({
        path: ["listen", "host"],
        message: "listen.host can be reached from outside this machine without TLS",
        expected: "a loopback address, or tls, or trustedProxies",
        remedy: "Add `tls: { cert, key }`, name the proxy that ends TLS in trustedProxies, or listen on 127.0.0.1.",
      });
    }
  }
  for (const name of ["cert", "key", "clientCa"]) {
    const file = child(tls, name);
    if (typeof file === "string" && !isAbsolute(file)) {
      report({
        path: ["listen", "tls", name],
        message: `listen.tls.${name} is a relative path`,
        expected: "an absolute path, so that keys stay outside the folder that is under version control",
        remedy: "Write the path from / on.",
      });
    }
  }
  checkPublicUrl(child(listen, "publicUrl"), report);
  checkRanges(proxies, ["listen", "trustedProxies"], report);
  checkRanges(texts(child(listen, "clients")), ["listen", "clients"], report);
  for (const [at, name] of texts(child(listen, "hosts"))) {
    const [bare = "", port] = name.startsWith("[") ? splitV6(name) : name.split(":");
    if (
      isHost(bare) &&
      (port === undefined || /^[1-9][0-9]{0,4}$/.test(port)) &&
      name.split(":").length <= (name.startsWith("[") ? 99 : 2)
    )
      continue;
    report({
      path: ["listen", "hosts", at],
      message: `listen.hosts[${at}] is no host name`,
      expected: "a name such as mcp.example.com or mcp.example.com:8443, without wildcard and scheme",
      remedy: "Name each host.",
    });
  }
  for (const [at, origin] of texts(child(listen, "origins"))) {
    if (/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*A-Z]+$/.test(origin)) continue;
    report({
      path: ["listen", "origins", at],
      message: `listen.origins[${at}] is no origin`,
      expected: "scheme://host or scheme://host:port in lower case, without path, slash at the end and wildcard",
      remedy: "Name each origin the way a browser sends it.",
    });
  }
}

function splitV6(name: string): [string, string?] {
  const found = /^\[([^\]]*)\](?::(.*))?$/.exec(name);
  return found === null ? [""] : [found[1] ?? "", found[2]];
}

function checkPublicUrl(value: unknown, report: Report): void {
  if (typeof value !== "string") return;
  const path = ["listen", "publicUrl"];
  const expected = "an https URL (plain http on loopback alone), without user, query and fragment";
  const say = (message: string, remedy: string) =>
    report({ path, message: `listen.publicUrl ${message}`, expected, remedy });
  if (!URL.canParse(value)) return say("is no URL", "Write it with scheme and host, such as https://mcp.example.com.");
  const url = new URL(value);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    return say("is not https", "Write the https URL that clients use.");
  }
  if (/[?#]/.test(value)) say("has a query or fragment", "Remove what follows ? or #.");
}

/** Ranges have to be ranges, and smaller than the whole Internet. */
export function checkRanges(ranges: readonly [number, string][], path: readonly Step[], report: Report): void {
  for (const [at, written] of ranges) {
    const here = [...path, at];
    const range = readRange(written);
    if (range !== undefined && !range.endsWith("/0")) continue;
    report({
      path: here,
      message: `${pathText(here)} ${range === undefined ? "is no address range" : "is every address there is"}`,
      expected: "an address range such as 10.0.0.0/8 or fd00::/8",
      remedy: "Write the address and the length of its prefix.",
    });
  }
}
