import type { Config } from "../config/config.ts";
import type { ClassifyResultParts } from "../controls/classify-result.ts";
import type { Clock, Log, Secrets } from "../ports/world.ts";
import { createClassifier } from "../adapters/classifier/classifier.ts";

/**
 * What classifying stands on; undefined where the configuration names no classifier. Says at the start who is asked and what
 * becomes of results without an answer, and afterwards when answers begin to fail and when they come again.
 */
export function openClassifying(
  parts: {
    readonly config: Config;
    readonly secrets: Secrets;
    readonly quarantine: ClassifyResultParts["quarantine"];
    readonly clock: Clock;
    readonly log: Log;
  },
  opening: AsyncDisposableStack,
): ClassifyResultParts | undefined {
  const { classifier: rules } = parts.config.screen;
  if (rules === undefined) return undefined;
  const { log } = parts;
  const { servers, onFailure, minLength, timeoutMs } = rules;
  const classifier = createClassifier({ ...rules, secrets: parts.secrets });
  opening.defer(() => classifier.close());
  const { host } = new URL(rules.url);
  const about = { host, timeoutMs, onFailure, servers: servers ?? "all" };
  if (onFailure === "pass") log.warn("classifier.passes_on_failure", about);
  else log.info("classifier.asked", about);
  let failing: string | undefined;
  return {
    ask: classifier.ask,
    asks: servers === undefined ? () => true : (server) => servers.includes(server),
    minLength,
    onFailure,
    told(failure) {
      if (failure === failing) return;
      if (failure === undefined) log.info("classifier.answers", { host });
      else log.warn("classifier.failed", { host, failure, passed: onFailure === "pass" });
      failing = failure;
    },
    quarantine: parts.quarantine,
    clock: parts.clock,
  };
}
