"use strict";
// Runs before every npm script that starts Cardea's own code, on whatever Node the machine has: plain ES2017, no
// dependency. It installs what the lockfile names and makes sure that the script's `node` is one that Cardea runs on.
// See docs/adr/0008-runtime-bootstrap.md.

const { createHash } = require("crypto");
const fs = require("fs");
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

/** Whether the packaged Node is there, runs on this machine (another C library would stop it) and is new enough. */
function packagedRuns() {
  if (!fs.existsSync(packaged)) return false;
  const run = spawnSync(packaged, ["--version"], { encoding: "utf8" });
  return run.status === 0 && satisfies(run.stdout.trim());
}

/** Runs `npm ci` with the npm that started this script. Its output goes to standard error. */
function install() {
  const npm = process.env.npm_execpath || "";
  const own = /npm-cli\.[cm]?js$/.test(npm);
  const command = own ? process.env.npm_node_execpath || process.execPath : "npm";
  // Development and optional packages even where NODE_ENV or the user's settings leave them out: the checks and the
  // runtime are among them.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev", "--include=optional"];
  const run = spawnSync(command, own ? [npm].concat(args) : args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: !own && process.platform === "win32",
  });
  if (run.error) fail("npm could not be started (" + run.error.code + "). Install npm 9 or newer and try again.");
  if (run.status !== 0) {
    fail("npm ci failed, see above. Nothing was started. Check the network and the registry settings, then try again.");
  }
}

const digest = createHash("sha256")
  .update(fs.readFileSync(path.join(root, "package-lock.json")))
  .digest("hex");
if (!fs.existsSync(stamp) || fs.readFileSync(stamp, "utf8").trim() !== digest) {
  const again = fs.existsSync(modules);
  say((again ? "the lockfile changed" : "first start") + ", installing dependencies (about 150 MB to download) …");
  const began = Date.now();
  install();
  fs.writeFileSync(stamp, digest + "\n");
  say("installed in " + Math.round((Date.now() - began) / 1000) + " s.");
}

if (packagedRuns()) {
  // `npm ci` of npm 9 leaves this link out.
  if (!fs.existsSync(link)) fs.symlinkSync(path.relative(path.dirname(link), packaged), link);
} else {
  // A link to a Node that does not run here would hide the machine's own.
  try {
    fs.unlinkSync(link);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  if (!satisfies(process.version)) {
    fail(
      "Cardea needs Node " +
        wanted +
        "; this is Node " +
        process.version +
        " on " +
        process.platform +
        "-" +
        process.arch +
        ", and the packaged Node does not run here. Install one from https://nodejs.org and try again.",
    );
  }
}
