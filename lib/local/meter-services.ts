import type { IncomingMessage, Server, ServerResponse } from "node:http";

import type { buildApp } from "fauxqs";

import type { Usage } from "../domain/usage.ts";
import { OWNER_ACCESS_KEY } from "./access-keys.ts";

/** What the services' thread counts, in the order in which the shared memory holds it. */
const fields = [
  "sqsRequests",
  "s3Puts",
  "s3Gets",
  "eventBridgeEvents",
  "dynamodbWriteUnits",
  "dynamodbReadUnits",
] as const satisfies readonly (keyof Usage)[];
type Field = (typeof fields)[number];

/**
 * Counters of what the services were asked for: written by the thread that runs them, read by the one that started it, with no message
 * between them.
 */
export class ServiceCounters {
  readonly memory: SharedArrayBuffer;
  readonly #counts: Float64Array;

  constructor(memory = new SharedArrayBuffer(fields.length * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#counts = new Float64Array(memory);
  }

  add(field: Field, count: number): void {
    const place = fields.indexOf(field);
    this.#counts[place] = (this.#counts[place] ?? 0) + count;
  }

  read(): Pick<Usage, Field> {
    return Object.fromEntries(fields.map((field, place) => [field, this.#counts[place]])) as Record<Field, number>;
  }
}

/** Whose request it is: the access key that signed it; what nobody signed is the embedded cloud's own. */
const callerOf = ({ authorization = "" }: IncomingMessage["headers"]): string | undefined =>
  /Credential=([^/]+)\//u.exec(authorization)?.[1];

/** Whether a function or the state machine asked; the person who owns the cloud looks and fetches at no run's cost. */
const isOfRun = (headers: IncomingMessage["headers"]): boolean => {
  const caller = callerOf(headers);
  return caller !== undefined && caller !== OWNER_ACCESS_KEY;
};

/** Bytes that one request to a queue, or one event, may have for its price. */
const billedBytes = 65_536;

interface QueueEntry {
  readonly MessageBody?: string;
}

const countQueueRequest = (body: QueueEntry & { readonly Entries?: readonly QueueEntry[] }): number => {
  const bytes = [body, ...(body.Entries ?? [])].reduce(
    (sum, { MessageBody = "" }) => sum + Buffer.byteLength(MessageBody),
    0,
  );
  return Math.max(1, Math.ceil(bytes / billedBytes));
};

/** Counts requests to S3 and SQS. Of the owner's requests those count that store objects: a run begins with its upload. */
export const meterFauxqs = (app: ReturnType<typeof buildApp>, counters: ServiceCounters): void => {
  app.addHook("preHandler", async ({ method, headers, params, query, body }) => {
    if (headers["x-amz-target"] !== undefined) {
      if (isOfRun(headers)) counters.add("sqsRequests", countQueueRequest(body as QueueEntry));
      return;
    }
    const hasKey = ((params as Record<string, string>)["*"] ?? "") !== "";
    const isPart = "uploadId" in (query as object);
    const stores = hasKey && (method === "PUT" || method === "POST");
    if (callerOf(headers) === undefined || !(stores || isOfRun(headers))) return;
    if (stores || (method === "GET" && !hasKey)) counters.add("s3Puts", 1);
    else if (method !== "DELETE") counters.add("s3Gets", 1);
    const makes = stores && (method === "PUT" ? !isPart : isPart);
    if (makes || (method === "DELETE" && !isPart)) counters.add("eventBridgeEvents", 1);
  });
};

const capacityFields: Readonly<Record<string, Field>> = {
  GetItem: "dynamodbReadUnits",
  BatchGetItem: "dynamodbReadUnits",
  Query: "dynamodbReadUnits",
  Scan: "dynamodbReadUnits",
  PutItem: "dynamodbWriteUnits",
  UpdateItem: "dynamodbWriteUnits",
  DeleteItem: "dynamodbWriteUnits",
  BatchWriteItem: "dynamodbWriteUnits",
};

/** What AWS asks at the least, also for a write that a condition refused and for a query that found nothing. */
const leastUnits = { dynamodbReadUnits: 0.5, dynamodbWriteUnits: 1 } as const;

const askForCapacity = Buffer.from('{"ReturnConsumedCapacity":"TOTAL",');

/** Lets a request ask what it uses, before the server has read the first of it. */
const askCapacity = (request: IncomingMessage): void => {
  const push = request.push.bind(request);
  request.push = (chunk: Buffer | null, encoding) => {
    request.push = push;
    return push(chunk === null ? null : Buffer.concat([askForCapacity, chunk.subarray(1)]), encoding);
  };
};

/** Counts the capacity units that dynalite says requests used: only it sees how large the items are. */
export const meterDynalite = (server: Server, counters: ServiceCounters): void => {
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const field = capacityFields[operation];
    if ((field !== "dynamodbReadUnits" && field !== "dynamodbWriteUnits") || !isOfRun(request.headers)) return;
    askCapacity(request);
    const end = response.end.bind(response) as (body: string) => ServerResponse;
    response.end = ((body: string) => {
      const units = body.matchAll(/"CapacityUnits":([\d.]+)/gu).reduce((sum, [, amount]) => sum + Number(amount), 0);
      counters.add(field, Math.max(leastUnits[field], units));
      return end(body);
    }) as ServerResponse["end"];
  });
};
