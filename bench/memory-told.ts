/**
 * Loaded before the gateway (`--expose-gc --import`): at SIGUSR2 it collects what can be collected, and says what is left
 * on stderr. Resident memory alone tells when V8 last tidied up, not what is kept.
 */
process.on("SIGUSR2", () => {
  // What only a finaliser or a weak reference kept goes the second time.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stderr.write(`${JSON.stringify({ event: "bench.memory", live: heapUsed + external, rss })}\n`);
});
