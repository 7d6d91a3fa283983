export { type Difference, diffDefinition, shownWord, visible } from "./diff.ts";
export {
  type Approver,
  approve,
  digestOf,
  type Judgement,
  judge,
  judgeDigest,
  pinServer,
  removeDefinition,
  removeServer,
} from "./judge.ts";
export {
  EMPTY_LOCK,
  entryName,
  type Lock,
  type Pin,
  type PinKind,
  type PinnedSandbox,
  type PinnedServer,
  type PinnedSource,
} from "./lock.ts";
export { narrows, type Outline, outline, outlineChanges, sourceDigest } from "./outline.ts";
export { type LockFault, parseLock } from "./read.ts";
export {
  artifactChange,
  artifactFault,
  commandChanges,
  type ConfiguredServer,
  type FoundArtifact,
  sourceFault,
  sourceNow,
} from "./source.ts";
export { serializeLock } from "./write.ts";
