import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { isAbsolute, join, relative, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import ejs from "ejs";
import ipaddr from "ipaddr.js";
import nunjucks from "nunjucks";
import { Agent, request } from "undici";

/** What a sink did with a value that it should have taken as plain text. */
export interface Effect {
  /** What happened that the caller of the tool has no right to; undefined: nothing. */
  readonly effect: string | undefined;
}

/** A naive program behind a tool parameter. */
export type Sink = (value: string) => Promise<Effect>;

/** Readers of paths decode in different ways; each is tried. */
const DECODERS: readonly ((path: string) => string)[] = [
  (path) => path,
  percent,
  (path) => percent(percent(path)),
  (path) => percent(path).replaceAll("\\", "/"),
  (path) => percent(path.replace(/%c0%af|%e0%80%af|%c0%2f/gi, "/").replace(/%c0%ae|%e0%80%ae/gi, ".")),
  (path) => percent(path.replace(/%u2215|%u002f/gi, "/").replace(/%u002e/gi, ".")),
  (path) => path.replace(/0x2f/gi, "/").replace(/0x5c/gi, "/").replace(/0x2e/gi, "."),
  (path) => path.replace(/^file:\/\/[^/]*/i, ""),
  (path) => path.split("\u0000", 1)[0] ?? "",
];

function percent(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** A file system: opens what the path names, below a folder, the way careless servers do. */
export function fileSink(folder: string): Sink {
  const root = join(folder, "workspace");
  mkdirSync(join(root, "notes"), { recursive: true });
  writeFileSync(join(root, "notes", "a.txt"), "a note");
  writeFileSync(join(folder, "secret.txt"), "a secret");
  symlinkSync(folder, join(root, "way-out"));
  const real = realpathSync(root);
  const outside = (path: string): boolean => {
    const way = relative(real, path);
    return way === ".." || way.startsWith("../") || isAbsolute(way);
  };
  return async (value) => {
    for (const decode of DECODERS) {
      const path = resolve(root, decode(value));
      if (outside(path)) return { effect: `it opens ${path.slice(0, 60)}` };
      try {
        const file = openSync(path, "r");
        readSync(file, Buffer.alloc(8));
        closeSync(file);
        if (outside(realpathSync(path))) return { effect: `by a link it opens ${realpathSync(path).slice(0, 60)}` };
      } catch {
        // There is no such file, or it is a folder.
      }
    }
    return { effect: undefined };
  };
}

/** How a value stands in the command, and what then comes out of a shell that does nothing but say it. */
const QUOTED = [
  { text: (value: string) => `printf '%s\\n' ${value}`, said: (value: string) => value.trim().split(/\s+/).join("\n") },
  { text: (value: string) => `printf '%s\\n' "${value}"`, said: (value: string) => value },
  { text: (value: string) => `printf '%s\\n' '${value}'`, said: (value: string) => value },
];

/** A shell, in a sandbox without network and files: says the value, bare and in both quotes. */
export function shellSink(): Sink {
  return async (value) => {
    if (value.includes("\u0000")) return { effect: undefined };
    for (const { text, said } of QUOTED) {
      const { out, code } = await shell(text(value));
      // A command that cannot be parsed does nothing.
      if (code === 2 && out === "") continue;
      if (out !== `${said(value)}\n` || code !== 0)
        return { effect: `a shell says ${JSON.stringify(out.slice(0, 40))}` };
    }
    return { effect: undefined };
  };
}

function shell(command: string): Promise<{ out: string; code: number | null }> {
  const bare = ["--unshare-all", "--die-with-parent", "--uid", "65534", "--gid", "65534", "--tmpfs", "/tmp"];
  const files = ["/usr", "/bin", "/lib", "/lib64"].flatMap((path) => ["--ro-bind-try", path, path]);
  const child = spawn("bwrap", [...bare, ...files, "--chdir", "/tmp", "/bin/dash", "-c", command], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: "/usr/bin:/bin" },
    timeout: 700,
    killSignal: "SIGKILL",
  });
  let out = "";
  child.stdout.on("data", (text: Buffer) => (out = (out + String(text)).slice(0, 5_000)));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ out, code }));
  });
}

/** SQLite: the value stands in quotes of both kinds, and in a pattern. */
export function sqlSink(): Sink {
  const fresh = (): DatabaseSync => {
    const db = new DatabaseSync(":memory:");
    db.exec("CREATE TABLE people (id INTEGER, name TEXT); INSERT INTO people VALUES (1,'ada'),(2,'grace'),(3,'alan')");
    return db;
  };
  const all = (db: DatabaseSync): string => JSON.stringify(db.prepare("SELECT * FROM sqlite_schema, people").all());
  const plain = fresh();
  const before = all(plain);
  return async (value) => {
    const forms: readonly (readonly [string, string])[] = [
      [`SELECT id FROM people WHERE name = '${value}'`, "SELECT id FROM people WHERE name = ?"],
      [`SELECT id FROM people WHERE name = "${value}"`, "SELECT id FROM people WHERE name = ?"],
      [`SELECT id FROM people WHERE (name = '${value}')`, "SELECT id FROM people WHERE name = ?"],
      [`SELECT id FROM people WHERE ((name = '${value}') AND id > 0)`, "SELECT id FROM people WHERE name = ?"],
    ];
    for (const [careless, careful] of forms) {
      const db = fresh();
      try {
        const said = JSON.stringify(db.prepare(careless).all());
        if (said !== JSON.stringify(plain.prepare(careful).all(value)))
          return { effect: `the query answers ${said.slice(0, 60)}` };
        db.exec(careless);
        if (all(db) !== before) return { effect: "the tables changed" };
      } catch {
        // What cannot be parsed does nothing; a second statement behind a good first one would have been run.
        if (all(db) !== before) return { effect: "the tables changed" };
      } finally {
        db.close();
      }
    }
    return { effect: undefined };
  };
}

/** Two template engines that get the value as a part of the template. */
export function templateSink(): Sink {
  const engines: Readonly<Record<string, (text: string) => string>> = {
    nunjucks: (text) => nunjucks.renderString(text, {}),
    ejs: (text) => ejs.render(text, {}),
  };
  return async (value) => {
    for (const [name, render] of Object.entries(engines)) {
      try {
        if (render(`Hello ${value}`) !== `Hello ${value}`) return { effect: `${name} takes it for code` };
      } catch {
        return { effect: `${name} takes it for code and fails` };
      }
    }
    return { effect: undefined };
  };
}

/** A client of HTTP that fetches what it is given; where it would connect is looked at, and nothing is sent. */
export function httpSink(): Sink {
  let at = "";
  const agent = new Agent({
    connect(options, done) {
      at = options.hostname;
      const socket = connect({ host: "127.0.0.1", port: 9 });
      socket.destroy();
      done(new Error("not here"), null);
    },
  });
  return async (value) => {
    at = "";
    try {
      await request(value, { dispatcher: agent, headersTimeout: 500 });
    } catch {
      // It never gets an answer.
    }
    const host = at.replace(/^\[|\]$/g, "");
    return { effect: host !== "" && isInternal(host) ? `it connects to ${host}` : undefined };
  };
}

function isInternal(host: string): boolean {
  if (ipaddr.isValid(host)) {
    const address = ipaddr.process(host);
    return address.range() !== "unicast";
  }
  return host === "localhost" || host.endsWith(".localhost") || !host.includes(".");
}
