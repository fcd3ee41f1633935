import type { IncomingMessage, ServerResponse } from "node:http";
import { onTestFinished } from "vitest";

import { serveOnLoopback } from "./serve-on-loopback.ts";

/** What a server was sent. */
export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Resolves when the caller has closed the connection or the answer is through. */
  readonly closed: Promise<unknown>;
}

/** Starts a real HTTP server on loopback that answers as `respond` does; it ends with the test. */
export const startServer = async (respond: (response: ServerResponse, path: string) => void) => {
  const requests: ReceivedRequest[] = [];
  const server = await serveOnLoopback((incoming, response) => {
    const closed = new Promise((resolve) => response.once("close", resolve));
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method, url, headers } = incoming;
      requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString("utf8"), closed });
      respond(response, url ?? "/");
    });
  });
  const { port, endpoint, stop } = server;
  onTestFinished(stop);
  return { port, url: `${endpoint}/`, requests, stop };
};

/** Answers with JSON and status 200. */
export const answerWith =
  (value: unknown) =>
  (response: ServerResponse): void => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  };
