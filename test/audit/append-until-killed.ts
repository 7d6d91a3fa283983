// Appends as fast as it can from 16 sides until it is killed or the record refuses, and writes how many records are
// acknowledged over the file `acknowledged` of the home. Arguments: the home, how many records are there already.
import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openRecords } from "../../src/adapters/audit-log/store.ts";
import { openMasterKey } from "../../src/adapters/vault/master-key.ts";
import { Refused } from "../../src/kernel/errors.ts";
import { record } from "./setting.ts";

const [dir = "", there = "0"] = process.argv.slice(2);
let fault = "";
const records = await openRecords({
  dir,
  master: openMasterKey(dir),
  durability: "group",
  onFault: (error) => {
    fault = error.message;
  },
});
const file = openSync(join(dir, "acknowledged"), "w");
let asked = Number(there);
let acknowledged = asked;
const side = async () => {
  for (;;) {
    asked++;
    await records.append(record(asked));
    writeSync(file, String(++acknowledged).padStart(10), 0);
  }
};
try {
  await Promise.all(Array.from({ length: 16 }, side));
} catch (error) {
  const code = error instanceof Refused ? error.refusal.code : error;
  console.log(`refused ${code}, fault: ${fault}`);
}
