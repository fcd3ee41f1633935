import type { IncomingMessage, ServerResponse } from "node:http";

import type { Change, LiveViews } from "./live-views.ts";

/** Pages that are told of changes at the same time; a browser takes six of a server, so these are several windows. */
const MAX_CLIENTS = 32;

/** Shorter than the pause after which anything between the two would cut an idle connection. */
const HEARTBEAT_MS = 15_000;

/** A client that has not taken this much is not reading any more. */
const MAX_WAITING_BYTES = 1024 * 1024;

const eventOf = ({ version, ...change }: Change): string =>
  `id: ${version}\nevent: change\ndata: ${JSON.stringify(change)}\n\n`;

/** Tells pages of changes by server-sent events. */
export interface EventStream {
  /** Answers a request for the changes of a path since the version that is shown, or since the last event that was taken. */
  open(path: string, since: string, request: IncomingMessage, response: ServerResponse): void;
  close(): void;
}

/** Server-sent events of live pages, for a bounded number of clients. */
export const createEventStream = (views: LiveViews): EventStream => {
  const clients = new Set<ServerResponse>();
  const send = (response: ServerResponse, text: string): void => {
    response.write(text);
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
  };
  const heartbeat = setInterval(() => {
    for (const client of clients) send(client, ": still here\n\n");
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return {
    open: (path, since, request, response) => {
      if (clients.size >= MAX_CLIENTS) {
        response.writeHead(503, { "Retry-After": "30" }).end(`expected ${MAX_CLIENTS} listeners at the most\n`);
        return;
      }
      const known = request.headers["last-event-id"];
      response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
      response.write("retry: 2000\n\n");
      clients.add(response);
      const stop = views.listen(path, typeof known === "string" ? known : since, (change) =>
        send(response, eventOf(change)),
      );
      response.once("close", () => {
        clients.delete(response);
        stop();
      });
    },
    close: () => {
      clearInterval(heartbeat);
      views.close();
      for (const client of clients) client.end();
    },
  };
};
