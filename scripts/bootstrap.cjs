"use strict";
// Runs before every npm script that starts Cardea's own code, on whatever Node the machine has: plain ES2017, no
// dependency. It installs what the lockfile names and makes sure that the script's `node` is one that Cardea runs on.
// See docs/adr/0008-runtime-bootstrap.md.

const { createHash } = require("crypto");
const fs = require("fs");
const Module = require("module");
const os = require("os");
const path = require("path");
const { spawnSync } = require("child_process");

const root = path.join(__dirname, "..");
const modules = path.join(root, "node_modules");
const stamp = path.join(modules, ".cardea-lock");
// The official binary as a plain package, and the place where npm looks for `node` first.
const packaged = path.join(modules, "node-" + process.platform + "-" + process.arch, "bin", "node");
const link = path.join(modules, ".bin", "node");
const wanted = require("../package.json").engines.node;

/** One line for the person who waits. Standard output belongs to the script that follows. */
function say(line) {
  process.stderr.write("cardea: " + line + "\n");
}

/** Ends with a message and exit code 2 (cannot run). */
function fail(line) {
  say(line);
  process.exit(2);
}

/**
 * Whether a version satisfies `engines.node`, which is written as `>=A.B <C || >=D.E`.
 * @param {string} version e.g. `v24.16.0`
 */
function satisfies(version) {
  const have = version.replace(/^v/, "").split(/[.-]/).map(Number);
  const compare = (text) => {
    const bound = text.split(".").map(Number);
    for (let i = 0; i < 3; i++) {
      const difference = (have[i] || 0) - (bound[i] || 0);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  return wanted.split("||").some((range) =>
    range
      .trim()
      .split(/\s+/)
      .every((term) => (term.startsWith(">=") ? compare(term.slice(2)) >= 0 : compare(term.slice(1)) < 0)),
  );
}

/** Whether this Node is there, runs on this machine (another C library would stop it) and is new enough. */
function runs(node) {
  if (!fs.existsSync(node)) return false;
  const run = spawnSync(node, ["--version"], { encoding: "utf8" });
  return run.status === 0 && satisfies(run.stdout.trim());
}

/**
 * Runs `npm ci` with the npm that started this script.
 * @param {string} cwd where package.json and its lockfile lie
 * @param {string} node the Node that runs npm
 */
function install(cwd, node) {
  const npm = process.env.npm_execpath || "";
  if (!/npm-cli\.[cm]?js$/.test(npm)) fail("packages are missing or outdated: start this with npm, e.g. `npm start`.");
  // Development and optional packages even where NODE_ENV or the user's settings leave them out: the checks are there.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev", "--include=optional"];
  const run = spawnSync(node, [npm].concat(args), {
    cwd: cwd,
    stdio: ["ignore", 2, 2],
    // Debian's npm finds its parts only where Debian's Node looks for modules.
    env: Object.assign({}, process.env, { NODE_PATH: Module.globalPaths.join(path.delimiter), NODE_NO_WARNINGS: "1" }),
  });
  if (run.status !== 0) {
    fail("npm ci failed, see above. Nothing was started. Check the network and the registry settings, then try again.");
  }
}

/**
 * Fetches the packaged Node alone into a folder of its own, checked against the lockfile. An older Node may not
 * install the rest: npm silently leaves out optional packages (the linter's binary, say) that want a newer one.
 * @returns {string} the path of that Node; it is removed when this script ends
 */
function fetchRuntime() {
  const name = "node-" + process.platform + "-" + process.arch;
  const entry = JSON.parse(lock).packages["node_modules/" + name];
  if (entry === undefined) refuseRuntime("there is no packaged Node for it");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "cardea-node-"));
  process.on("exit", () => (fs.rmSync || fs.rmdirSync)(folder, { recursive: true }));
  const wants = { name: "runtime", version: "0.0.0", dependencies: { [name]: entry.version } };
  const packages = { "": wants, ["node_modules/" + name]: Object.assign({}, entry, { optional: false }) };
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify(wants));
  fs.writeFileSync(path.join(folder, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: packages }));
  install(folder, process.execPath);
  return path.join(folder, "node_modules", name, "bin", "node");
}

/** Ends: neither this Node nor the packaged one will do. */
function refuseRuntime(why) {
  const here = "this is Node " + process.version + " on " + process.platform + "-" + process.arch;
  fail("Cardea needs Node " + wanted + "; " + here + ", and " + why + ". Install one and try again.");
}

const lock = fs.readFileSync(path.join(root, "package-lock.json"));
const digest = createHash("sha256").update(lock).digest("hex");
if (!fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8").trim() !== digest) {
  say((fs.existsSync(modules) ? "the lockfile changed" : "first start") + ", installing dependencies …");
  const began = Date.now();
  if (satisfies(process.version)) {
    install(root, process.execPath);
  } else {
    const node = fetchRuntime();
    if (!runs(node)) refuseRuntime("the packaged Node does not run here");
    install(root, node);
  }
  fs.writeFileSync(stamp, digest + "\n");
  say("installed in " + Math.round((Date.now() - began) / 1000) + " s.");
}

if (runs(packaged)) {
  // `npm ci` of npm 9 leaves this link out.
  if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(link), packaged), link);
} else if (satisfies(process.version)) {
  // A link to a Node that does not run here would hide the machine's own.
  if (fs.existsSync(link)) fs.unlinkSync(link);
} else {
  refuseRuntime("the packaged Node does not run here");
}
