import { parentPort } from "node:worker_threads";
import type { ProjectFiles } from "../adapters/files/project.ts";
import { findArtifact, type Local } from "./artifacts.ts";

/** What the thread is asked: what is on the disk of one server. */
export interface Look {
  readonly server: Local;
  readonly files: ProjectFiles;
}

// A fault ends the thread, and with it the answers that wait for it: the server is then not started.
parentPort?.on("message", ({ id, question: { server, files } }: { id: number; question: Look }) => {
  parentPort?.postMessage({ id, reply: findArtifact(server, files) });
});
