"use strict";
// The floor plan: who sees whom inside src/. A row is [who, what it sees besides itself]; all else is refused.
// Type imports count. ARCHITECTURE.md says why.
const floors = [
  ["kernel", []],
  ["ports", ["kernel"]],
  ["protocol", ["kernel"]],
  ["config", ["kernel"]],
  ["adapters", ["ports", "protocol", "kernel"]],
  ["domain", ["protocol", "ports", "kernel"]],
  ["controls", ["domain", "protocol", "ports", "kernel"]],
  ["pipeline", ["controls", "domain", "protocol", "ports", "kernel"]],
  ["doors", ["pipeline", "controls", "domain", "protocol", "ports", "kernel"]],
  ["compose", ["doors", "pipeline", "controls", "domain", "protocol", "ports", "kernel", "adapters", "config"]],
  ["cli", ["compose", "doors", "pipeline", "controls", "domain", "protocol", "ports", "kernel", "config"]],
  ["main", ["cli", "compose", "kernel"]],
];

/** A floor is a folder of src/, one file of that name, or both. */
const at = (names) => `(^|/)src/(${names.join("|")})(/|\\.ts$)`;

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      comment: "Two files that need each other are one thing or hide a third. Types count.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-folder-circles",
      severity: "error",
      scope: "folder",
      from: {},
      to: { circular: true },
    },
    ...floors.map(([who, sees]) => ({
      name: `${who}-imports-down`,
      comment: `src/${who} sees ${sees.length ? sees.join(", ") : "nothing but itself"}.`,
      severity: "error",
      from: { path: at([who]) },
      to: { path: "(^|/)src/", pathNot: at([who, ...sees]) },
    })),
    {
      name: "every-file-has-a-floor",
      comment: "A new folder of src/ needs its row in the table above.",
      severity: "error",
      from: { path: "(^|/)src/", pathNot: at(floors.map(([who]) => who)) },
      to: {},
    },
    {
      name: "domain-rooms-apart",
      comment: "A control combines rooms; rooms do not know each other.",
      severity: "error",
      from: { path: "(^|/)src/domain/([^/]+)/" },
      to: { path: "(^|/)src/domain/", pathNot: "(^|/)src/domain/$2/" },
    },
    {
      name: "inside-is-pure",
      comment:
        "No clock, randomness, network, file or process outside adapters; hashing is arithmetic, and the name of a type does nothing.",
      severity: "error",
      from: { path: at(["kernel", "ports", "protocol", "domain", "controls"]) },
      to: { dependencyTypes: ["core"], dependencyTypesNot: ["type-only"], pathNot: "^(node:)?(crypto|buffer)$" },
    },
    {
      name: "permits",
      comment: "The engine grants them and adapters open them. Everybody else may name the type (see .oxlintrc.json).",
      severity: "error",
      from: { path: "(^|/)src/", pathNot: ["(^|/)src/pipeline/engine\\.ts$", at(["adapters"])] },
      to: { path: "(^|/)src/kernel/permit\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-hidden-permits",
      comment: "A dynamic import would hide the name that it takes from the lint rule on `grant`.",
      severity: "error",
      from: {},
      to: { path: "(^|/)src/kernel/permit\\.ts$", dynamic: true },
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-development-packages",
      comment: "What runs is in dependencies.",
      severity: "error",
      from: { path: "(^|/)src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    // TypeScript 7 has no API that the cruiser could use; swc reads type imports too.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
