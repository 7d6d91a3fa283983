/**
 * The command that the suite's client scenarios are given for the gateway's leg: puts a gateway in front of the
 * suite's server, then runs the fixture client against the gateway.
 *
 *     node bench/conformance-through.ts http://localhost:PORT/mcp
 */
import { finish } from "./children.ts";
import { behind } from "./conformance.config.ts";
import { place, prepare, startGateway } from "./gateway.ts";

const CLIENT = new URL("../test/fixtures/conformance-client.ts", import.meta.url).pathname;

// The suite kills no more than the shell that it started when its time is over.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(1), 500).unref();

// The gateway's listener is IPv4; `localhost` is that here, too.
const url = String(process.argv.at(-1)).replace("//localhost", "//127.0.0.1");
const where = place(behind(url));
process.once("exit", () => where.remove());

const key = await prepare(where, "fixture");
const gateway = await startGateway(where);
const { code, stderr } = await finish([CLIENT, `${gateway.endpoint}/fixture`], {
  CONFORMANCE_BEARER: key,
});
process.stderr.write(stderr);
await gateway.child.end();
process.exit(code);
