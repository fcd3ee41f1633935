import {
  Agent,
  type IncomingMessage,
  request as sendRequest,
  type RequestListener,
  type ServerResponse,
} from "node:http";

import { serveOnLoopback } from "../agents/serve-on-loopback.ts";

/** A request as it came in. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

interface RecordingProxyOptions {
  /** Where the service listens. */
  readonly endpoint: string;
  /** Told of each request with what the service answered; gives what the client is answered. */
  readonly onAnswer: (request: SentRequest, answer: Answer) => Answer;
  /** Gives the answer to a request that is not to reach the service. */
  readonly refuse: (request: SentRequest) => Answer | undefined;
}

export interface RecordingProxy {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const readAll = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Headers of one hop, which say nothing of the next. */
const hopHeaders = ["transfer-encoding", "expect", "connection", "keep-alive", "content-length"];

const withoutHop = (headers: IncomingMessage["headers"]): IncomingMessage["headers"] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.includes(name)));

/** Stands on loopback between SDK clients and a service of the embedded cloud, and sees every request. */
export const startRecordingProxy = async (options: RecordingProxyOptions): Promise<RecordingProxy> => {
  const agent = new Agent({ keepAlive: true });

  const forward = async (url: URL, { method = "GET", headers }: IncomingMessage, body: Buffer): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = { ...withoutHop(headers), "content-length": String(body.length) };
    const outgoing = sendRequest(url, { method, agent, headers: sent });
    outgoing.once("response", resolve).once("error", reject);
    outgoing.end(body);
    const answer = await promise;
    return { status: answer.statusCode ?? 500, headers: answer.headers, body: await readAll(answer) };
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readAll(incoming);
    const { method = "GET", headers } = incoming;
    const url = new URL(incoming.url ?? "/", options.endpoint);
    const request = { method, url, headers, body: body.toString("utf8") };
    const answer = options.onAnswer(request, options.refuse(request) ?? (await forward(url, incoming, body)));
    // A HEAD is answered with the length of what a GET would bring.
    const length = method === "HEAD" ? answer.headers["content-length"] : String(answer.body.length);
    response
      .writeHead(answer.status, { ...withoutHop(answer.headers), ...(length && { "content-length": length }) })
      .end(answer.body);
  };

  const listener: RequestListener = (incoming, response) =>
    void serve(incoming, response).catch(() => response.destroy());
  const { endpoint: own, stop } = await serveOnLoopback(listener, { keepAliveTimeout: 0 });
  return {
    endpoint: own,
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
};
