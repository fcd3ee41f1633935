import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { Stack } from "../stack.ts";
import { UsageError } from "../usage-error.ts";
import { createEventStream } from "./event-stream.ts";
import type { KnownRuns } from "./known-runs.ts";
import { createLiveViews } from "./live-views.ts";
import { readPageContent } from "./page-content.ts";
import { createReadModel } from "./read-model.ts";
import { receiveUpload } from "./receive-upload.ts";
import { refuseRequest, securityHeaders } from "./request-guard.ts";
import { answer, type Answers } from "./routes.ts";

/** The port of the page where none is asked for and nobody else has it. */
const DEFAULT_PORT = 2121;

/** Largest file that an upload takes. */
const MAX_UPLOAD_BYTES = 1024 ** 3;

const LOOPBACK = "127.0.0.1";

/** What a page shows. */
interface PageSubject {
  readonly stack: Stack;
  /** Is added to by whoever is told of runs that begin. */
  readonly known: KnownRuns;
  /** Name of the fleet that runs what is uploaded. */
  readonly fleet: string;
}

export interface PageOptions {
  /** A port that is asked for. @default 2121, or a free one where it is taken */
  readonly port?: number | undefined;
  readonly say: (line: string) => void;
  /** Between two looks at what goes on, in ms; on two cores they are taken from the run that is looked at. @default 2,000 */
  readonly pollMs?: number;
  /** @default 1 GiB */
  readonly maxUploadBytes?: number;
}

/** The page as it is served. */
export interface PageServer {
  /** Such as `http://127.0.0.1:2121`. */
  readonly url: string;
  /** Answers from now on, also what was asked before. */
  readonly show: (subject: PageSubject) => Promise<void>;
  readonly close: () => Promise<void>;
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });

/** Listens on the port that was asked for, else on the usual one, else on a free one. @throws UsageError */
const listenSomewhere = async (server: Server, { port, say }: PageOptions): Promise<number> => {
  try {
    return await listen(server, port ?? DEFAULT_PORT);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "it is taken" : (error as Error).message;
    if (port !== undefined) {
      throw new UsageError(`--port ${port}: expected a port that can be listened on, but ${why}`, { cause: error });
    }
    say(`port ${DEFAULT_PORT}: ${why}; the page takes a free one`);
    return listen(server, 0);
  }
};

/** Says what goes wrong, and not again as long as it stays the same: a page that cannot be read is looked at again and again. */
const createFaultTeller = (say: (line: string) => void) => {
  let last = "";
  return (error: unknown): void => {
    const { message } = error as Error;
    if (message !== last) say(`warning: page: ${message.replaceAll(/\s*\n\s*/gu, " ")}`);
    last = message;
  };
};

/** Slow and greedy clients are cut: only a browser on this machine is meant to ask. */
const createLimitedServer = (onRequest: (request: IncomingMessage, response: ServerResponse) => void): Server => {
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 600_000, keepAliveTimeout: 5_000 },
    onRequest,
  );
  server.maxConnections = 128;
  server.timeout = 60_000;
  return server;
};

const createAnswers = (
  { stack, known, fleet }: PageSubject,
  { pollMs = 2_000, maxUploadBytes = MAX_UPLOAD_BYTES }: PageOptions,
  onFault: (error: unknown) => void,
): Answers => {
  const model = createReadModel(stack, known, { freshMs: pollMs / 2, now: Date.now });
  const readPage = (path: string) => readPageContent(model, path);
  return {
    model,
    readPage,
    events: createEventStream(createLiveViews({ read: readPage, pollMs, onFault })),
    upload: async (request) => {
      const started = await receiveUpload(request, { stack, fleet, maxBytes: maxUploadBytes });
      known.add(started.runId);
      return started;
    },
  };
};

/**
 * Listens for the page of an embedded cloud, on this machine's loopback only; what is asked before there is a cloud to show waits.
 *
 * @throws UsageError when the port that was asked for cannot be listened on
 */
export const startPage = async (options: PageOptions): Promise<PageServer> => {
  const onFault = createFaultTeller(options.say);
  const shown = Promise.withResolvers<Answers>();
  let events: Answers["events"] | undefined;
  let port = 0;
  const server = createLimitedServer((request, response) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    const refusal = refuseRequest(request, port);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, { Connection: "close" }).end(`${refusal.reason}\n`);
      return;
    }
    const answered = shown.promise.then((answers) => answer(request, response, answers));
    answered.catch((error: unknown) => {
      // A browser that left, or a cloud that is going down; the page shows that it was not answered.
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end("the page could not be read\n");
      if (!request.destroyed) onFault(error);
    });
  });
  port = await listenSomewhere(server, options);
  return {
    url: `http://${LOOPBACK}:${port}`,
    show: async (subject) => {
      await subject.known.load(subject.stack);
      const answers = createAnswers(subject, options, onFault);
      ({ events } = answers);
      shown.resolve(answers);
    },
    close: async () => {
      events?.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
