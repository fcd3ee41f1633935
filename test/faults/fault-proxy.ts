import {
  Agent,
  type IncomingMessage,
  request as sendRequest,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { setTimeout as delay } from "node:timers/promises";

import { serveOnLoopback } from "../agents/serve-on-loopback.ts";
import type { FaultKind, FaultyService, PlannedFault } from "./fault-plan.ts";
import { partOfBatch } from "./partial-batch.ts";
import { serverErrors, type ServiceAnswer, throttledAnswers } from "./service-errors.ts";

export interface FaultProxyOptions {
  readonly service: FaultyService;
  /** Where the emulator listens. Its signatures name this proxy as host; emulators check none. */
  readonly endpoint: string;
  /** What happens to the request that has just come in. */
  readonly nextFault: () => PlannedFault | undefined;
  /** Told of every fault that happened. */
  readonly onFault: (kind: FaultKind) => void;
}

export interface FaultProxy {
  readonly endpoint: string;
  stop(): Promise<void>;
}

interface Forwarded {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

const readAll = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** Headers of one hop, which say nothing of the next. */
const hopHeaders = ["transfer-encoding", "expect", "connection", "keep-alive"];

const withLength = (headers: IncomingMessage["headers"], body: Buffer): IncomingMessage["headers"] => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => !hopHeaders.includes(name))),
  "content-length": String(body.length),
});

const forwardTo =
  (endpoint: string, agent: Agent) =>
  async (incoming: IncomingMessage, body: Buffer): Promise<Forwarded> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { method = "GET", url = "/" } = incoming;
    const outgoing = sendRequest(new URL(url, endpoint), {
      method,
      agent,
      headers: withLength(incoming.headers, body),
    });
    outgoing.once("response", resolve).once("error", reject);
    outgoing.end(body);
    const answer = await promise;
    return { status: answer.statusCode ?? 500, headers: answer.headers, body: await readAll(answer) };
  };

const answerFully = (
  response: ServerResponse,
  { status, headers, body }: Forwarded,
  method: string | undefined,
): void => {
  // A HEAD is answered with the length of what a GET would bring.
  response.writeHead(status, method === "HEAD" ? headers : withLength(headers, body)).end(body);
};

/** Sends the head and half of the body, then breaks off. An answer without a body is not sent at all. */
const cutShort = (response: ServerResponse, { status, headers, body }: Forwarded): void => {
  if (body.length < 2) return void response.destroy();
  response.writeHead(status, withLength(headers, body));
  response.write(body.subarray(0, body.length / 2), () => response.destroy());
};

const answerInstead = (response: ServerResponse, { status, headers, text }: ServiceAnswer): void => {
  response.writeHead(status, headers).end(text);
};

/** Stands on loopback between SDK clients and an emulator and lets a part of the requests fail, in the ways that services do. */
export const startFaultProxy = async ({
  service,
  endpoint,
  nextFault,
  onFault,
}: FaultProxyOptions): Promise<FaultProxy> => {
  const agent = new Agent({ keepAlive: true });
  const forward = forwardTo(endpoint, agent);

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { kind: fault, slowMs = 0 } = nextFault() ?? {};
    const body = await readAll(incoming);
    const part = fault === "partial_batch" ? partOfBatch(String(incoming.headers["x-amz-target"]), body) : undefined;
    if (fault !== undefined && (fault !== "partial_batch" || part !== undefined)) onFault(fault);
    if (fault === "throttled") return answerInstead(response, throttledAnswers[service]);
    if (fault === "server_error") return answerInstead(response, serverErrors[service]);
    if (fault === "reset_before") return void response.destroy();
    const answer = await forward(incoming, part?.body ?? body);
    if (fault === "reset_after") return void response.destroy();
    if (fault === "cut_answer") return cutShort(response, answer);
    if (fault === "slow") await delay(slowMs);
    const whole = part === undefined || answer.status !== 200 ? answer.body : part.complete(answer.body);
    // The check sum was that of the answer as the service gave it.
    if (part !== undefined) delete answer.headers["x-amz-crc32"];
    answerFully(response, { ...answer, body: whole }, incoming.method);
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
