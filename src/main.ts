#!/usr/bin/env node
import { startLean } from "./main/lean.ts";

startLean();
// Loaded by the process that stays: what `startLean` begins anew has not read megabytes for nothing.
await import("./main/command.ts");
