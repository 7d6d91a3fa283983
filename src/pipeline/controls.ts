import type { Answered, Arrived, Asked, Identified, Located } from "../kernel/call.ts";
import type { Control } from "../kernel/control.ts";

/** One implementation for each row of the table. */
export interface Controls {
  readonly authenticate: Control<Arrived, Identified>;
  readonly "limit-rate": Control<Asked>;
  readonly "locate-target": Control<Asked, Located>;
  readonly "check-pin": Control<Located>;
  readonly "check-visible": Control<Located>;
  readonly "check-scope": Control<Located>;
  readonly "limit-tool": Control<Located>;
  readonly "check-headers": Control<Located>;
  readonly "resume-request": Control<Located>;
  readonly "validate-arguments": Control<Located>;
  readonly "bind-arguments": Control<Located>;
  readonly "inspect-arguments": Control<Located>;
  readonly "guard-arguments": Control<Located>;
  readonly "check-flow": Control<Located>;
  readonly "check-policy": Control<Located>;
  readonly "ask-person": Control<Located>;
  readonly "validate-result": Control<Answered>;
  readonly "minimise-result": Control<Answered>;
  readonly "inspect-result": Control<Answered>;
  readonly "classify-result": Control<Answered>;
  readonly "cap-result": Control<Answered>;
  readonly "govern-requests": Control<Answered>;
  readonly "label-result": Control<Answered>;
  readonly "present-names": Control<Answered>;
}
