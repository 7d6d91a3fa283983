/** The conformance suite's scenarios for authorization servers, against the embedded one, with a person in a real browser. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { decide } from "../test/identity-flow/person.ts";
import { PASSWORD, startStage } from "../test/identity-flow/stage.ts";
import { progress } from "./children.ts";
import { type Outcome, testAuthorization } from "./suite.ts";

const CLIENT = "conformance";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((up) => server.once("listening", up));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Runs them. The person signs in at the identity provider and allows what is asked. */
export async function authorizationLeg(): Promise<Outcome> {
  const port = await freePort();
  const redirect = `http://127.0.0.1:${port}/callback`;
  const stage = await startStage({
    identity: ["clients:", `  ${CLIENT}: { name: Conformance suite, redirects: ["${redirect}"] }`],
  });
  try {
    const page = await stage.browser.person();
    const { endpoint } = stage.gateway;
    let over = false;
    const outcome = await testAuthorization(stage.base, { client: CLIENT, port, resource: endpoint }, (url) => {
      decide(page, url, { name: "ada", password: PASSWORD, decision: "allow" }).catch((error: Error) => {
        // The suite then waits for an answer that does not come, and its check fails.
        if (!over) progress(`authorization: the browser did not come through: ${error.message}`);
      });
    });
    over = true;
    return outcome;
  } finally {
    await stage.stop();
  }
}
