/** A classifier of a test's own: a real HTTP server that says what a test wants, well or badly. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A question as it arrived. */
export interface Asked {
  readonly surface: string;
  readonly server: string;
  readonly tool?: string;
  readonly text: string;
  readonly part: number;
  readonly parts: number;
}

/** A running classifier. */
export interface ClassifierServer {
  readonly url: string;
  readonly asked: Asked[];
  readonly headers: IncomingHttpHeaders[];
  /** Answers a question; the default says pass. */
  answer: (question: Asked, res: ServerResponse) => void;
  close(): Promise<void>;
}

/** Answers with a value as JSON. */
export const says =
  (value: unknown): ClassifierServer["answer"] =>
  (_question, res) =>
    void res.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));

/** Starts it on loopback. */
export async function startClassifier(): Promise<ClassifierServer> {
  const http = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const question = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Asked;
      server.asked.push(question);
      server.headers.push(req.headers);
      server.answer(question, res);
    });
  });
  await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
  const server: ClassifierServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/classify`,
    asked: [],
    headers: [],
    answer: says({ verdict: "pass" }),
    async close() {
      http.closeAllConnections();
      await new Promise((done) => http.close(done));
    },
  };
  return server;
}
