/**
 * The gateway's configuration in front of the one server `fixture`: every control is on, limits are raised so far that
 * they are reached by no test, the server may ask the client whatever the protocol knows, and its results are not framed.
 *
 * @param url the server's endpoint
 * @param origins what a browser may send as Origin beside the gateway's own address
 */
export const behind = (url: string, origins: readonly string[] = []): string => `
listen: { port: 0, origins: ${JSON.stringify(origins)} }
limits:
  perCredential: { calls: 10000000, per: 1m }
  plans: { default: { minute: 10000000, day: 100000000 } }
  concurrency: 512
servers:
  fixture:
    url: ${JSON.stringify(url)}
    concurrency: 64
    # The suite compares content block by block: what is trusted has no block that says whose it is.
    trusted: true
    requests: { elicitation: true, sampling: true, roots: true }
access:
  - { role: tester, allow: ["fixture.*"], effects: [read, write], approval: none }
`;
