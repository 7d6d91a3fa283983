import type { Limits } from "../domain/limits/limits.ts";
import type { Policy } from "../domain/policy/policy.ts";
import type { Sealer } from "../ports/sealer.ts";
import type { Clock } from "../ports/world.ts";
import { bindArguments } from "../controls/bind-arguments.ts";
import { checkHeaders } from "../controls/check-headers.ts";
import { checkPin } from "../controls/check-pin.ts";
import { checkPolicy } from "../controls/check-policy.ts";
import { checkScope } from "../controls/check-scope.ts";
import { checkVisible, type Decide } from "../controls/check-visible.ts";
import { governRequests } from "../controls/govern-requests.ts";
import { guardArguments } from "../controls/guard-arguments.ts";
import { limitTool } from "../controls/limit-tool.ts";
import { locateTarget, type Locator } from "../controls/locate-target.ts";
import { minimiseResult } from "../controls/minimise-result.ts";
import { presentNames } from "../controls/present-names.ts";
import { resumeRequest } from "../controls/resume-request.ts";
import { validateArguments } from "../controls/validate-arguments.ts";
import { validateResult } from "../controls/validate-result.ts";
import { leavesItsPlace } from "../domain/catalogue/names.ts";
import type { Views } from "../domain/catalogue/views.ts";
import { filledTemplate } from "../domain/shaping/shape-template.ts";
import type { Config } from "../config/config.ts";
import type { Definitions } from "./definitions.ts";
import type { openGatewayFlow } from "./flow.ts";
import type { createMinimising } from "./minimising.ts";
import type { Shaping } from "./shaping.ts";

/** What a server may ask of a client where nothing says so. */
const NOTHING = {
  elicitation: false,
  sampling: false,
  roots: false,
  systemPrompt: false,
  context: false,
  tools: false,
};
const ASKS = { ...NOTHING, maxTokens: 1, most: 1 };

/** The rows that judge what is asked by names, pins, policy and schemas, and what comes back by its schema. */
export function rowsOf(parts: {
  config: Config;
  policy: Policy;
  decide: Decide;
  limits: Limits;
  definitions: Definitions;
  shaping: Shaping;
  minimising: ReturnType<typeof createMinimising>;
  sealer: Sealer;
  clock: Clock;
  flow: ReturnType<typeof openGatewayFlow>;
  views: Views;
  mayTouch: Locator["mayTouch"];
}) {
  const { config, policy, decide, limits, definitions, shaping, minimising, sealer, clock, flow } = parts;
  const { views, mayTouch } = parts;
  const asks = (server: string) => config.servers[server]?.requests ?? ASKS;
  return {
    "locate-target": locateTarget({
      servers: Object.keys(config.servers),
      mayTouch,
      own: shaping,
      see: (call, server) =>
        views.peek(server, call.principal, call.profile) ?? views.see(server, call.principal, call.profile),
    }),
    "check-pin": checkPin(),
    "check-visible": checkVisible(decide),
    "check-scope": checkScope(),
    "limit-tool": limitTool((principal, server, tool) => limits.takeTool(principal, server, tool)),
    "check-headers": checkHeaders(),
    "resume-request": resumeRequest(sealer, clock, definitions.form, asks),
    "validate-arguments": validateArguments(definitions.input),
    "bind-arguments": bindArguments(shaping.planOf, definitions.input),
    "guard-arguments": guardArguments(shaping.planOf, shaping.guard, shaping.guardUri, shaping.files),
    "check-flow": flow.check,
    "check-policy": checkPolicy((principal, { server, kind, name, effect }, args, labels) =>
      policy.judge(principal, { server, kind, name, effect }, { arguments: args, labels }),
    ),
    "validate-result": validateResult(definitions.output),
    "minimise-result": minimiseResult(minimising.parts, ({ principal, target, flow: read }, values) => {
      const { server, kind, sentName } = target;
      const labels = read?.labels ?? [];
      if (kind !== "template") return policy.mayBe(principal, target, { arguments: values, labels });
      // A template is in the name of the upstream: the context holds what is bound.
      const uri = filledTemplate(sentName, values);
      if (uri === undefined) return true;
      const other = leavesItsPlace(uri) || shaping.isForeign(principal, server, uri);
      if (other || shaping.guardUri(server, uri).length > 0) return false;
      return policy.mayBe(principal, { server, kind: "resource", name: uri }, { labels });
    }),
    "govern-requests": governRequests(asks),
    "label-result": flow.label,
    "present-names": presentNames(sealer, clock),
  };
}
