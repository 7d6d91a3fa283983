import type { Door } from "./listen.ts";

/** `GET /healthz`: whether the process answers. It names no server and no version (I1: public). */
export function createHealthDoor(isReady: () => boolean): Door {
  return {
    serves: (url) => url === "/healthz",
    async handle(_req, res) {
      const ready = isReady();
      const text = ready ? '{"status":"ok"}' : '{"status":"starting"}';
      res.writeHead(ready ? 200 : 503, {
        "content-type": "application/json",
        "content-length": String(text.length),
        "cache-control": "no-store",
      });
      res.end(text);
    },
  };
}
