/**
 * The gateway's configuration in front of the one server `fixture`: every control is on, limits are raised so far that
 * they are reached by no test, and the server may ask the client whatever the protocol knows.
 *
 * @param url the server's endpoint
 */
export const behind = (url: string): string => `
listen: { port: 0 }
limits:
  perCredential: { calls: 10000000, per: 1m }
  plans: { default: { minute: 10000000, day: 100000000 } }
  concurrency: 512
servers:
  fixture:
    url: ${JSON.stringify(url)}
    requests: { elicitation: true, sampling: true, roots: true }
access:
  - { role: tester, allow: ["fixture.*"] }
`;
