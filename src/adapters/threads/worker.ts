import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";

/** One thread for work that would hold up everybody else, started when it is first needed. */
export interface Thread<Ask, Reply> {
  /** Rejects where the thread fails, or does not answer in time; it is then ended, and the next ask starts another. */
  ask(question: Ask): Promise<Reply>;
  close(): Promise<void>;
}

interface Waiting<Reply> {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (fault: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Half of what a thread may have of short-lived objects before they are collected, MB: with more it is hardly faster. */
const YOUNG_MB = 2;
/** A thread that was asked nothing for so long is ended, and its memory is given back, milliseconds. */
const IDLE_MS = 10_000;

/**
 * @param module what runs in the thread: it answers each message `{id, question}` with `{id, reply}`, or `{id, fault}` where that one fails
 * @param options.patienceMs longest time from asking to the answer; @param options.most questions that wait at a time;
 * @param options.memoryMb of the heap of the thread
 */
export function createThread<Ask, Reply>(
  module: URL,
  options: { readonly patienceMs: number; readonly most: number; readonly memoryMb: number },
): Thread<Ask, Reply> {
  let worker: Worker | undefined;
  let next = 0;
  let idle: NodeJS.Timeout | undefined;
  const waiting = new Map<number, Waiting<Reply>>();

  function end(fault: Error): void {
    clearTimeout(idle);
    const ended = worker;
    worker = undefined;
    for (const { reject, timer } of waiting.values()) {
      clearTimeout(timer);
      reject(fault);
    }
    waiting.clear();
    void ended?.terminate();
  }

  function start(): Worker {
    // A flag that the process began with would win over the thread's own limit. Heaps that are there keep theirs.
    setFlagsFromString(`--max-semi-space-size=${YOUNG_MB}`);
    const started = new Worker(module, { resourceLimits: { maxOldGenerationSizeMb: options.memoryMb } });
    started.unref();
    const failed = (fault: Error) => worker === started && end(fault);
    started.on("message", ({ id, reply, fault }: { id: number; reply: Reply; fault?: string }) => {
      const one = waiting.get(id);
      if (one === undefined) return;
      waiting.delete(id);
      clearTimeout(one.timer);
      if (waiting.size === 0) idle = setTimeout(() => waiting.size === 0 && end(new Error("idle")), IDLE_MS).unref();
      if (fault === undefined) one.resolve(reply);
      else one.reject(new Error(fault));
    });
    started.on("error", failed);
    started.on("exit", (code) => failed(new Error(`The thread ended with ${code}`)));
    return started;
  }

  return {
    ask(question) {
      if (waiting.size >= options.most) return Promise.reject(new Error("Too much waits for the thread"));
      const id = next++;
      clearTimeout(idle);
      worker ??= start();
      const { promise, resolve, reject } = Promise.withResolvers<Reply>();
      const timer = setTimeout(() => end(new Error("The thread did not answer in time")), options.patienceMs);
      waiting.set(id, { resolve, reject, timer });
      worker.postMessage({ id, question });
      return promise;
    },
    async close() {
      const ended = worker;
      end(new Error("The gateway ends"));
      await ended?.terminate();
    },
  };
}
