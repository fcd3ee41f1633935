import type { Server } from "node:http";

/**
 * Keeps dynalite alive when a client goes away in the middle of a request: it throws on the request's error event, outside any
 * handler. Also keeps idle connections open, so that a client never sends on one that is just being closed.
 */
export function ignoreAbortedRequests(server: Server): void {
  server.keepAliveTimeout = 0;
  server.on("request", (request) => {
    request.removeAllListeners("error");
    request.on("error", () => {});
  });
}
