import { type Stack, stackOf } from "../../lib/cli/stack.ts";
import type { Usage } from "../../lib/domain/usage.ts";
import { startCloud } from "../../lib/local/cloud.ts";
import { type SentRequest, startRecordingProxy } from "../permissions/recording-proxy.ts";

/** What each invocation of the executor is billed with. */
export const EXECUTOR_MS = 100;

/** What was seen of a cloud beside its meter. */
export interface Seen {
  /** Logical ids of the functions that were invoked, once for each time. */
  readonly invoked: string[];
  /** Lines that functions wrote. */
  readonly lines: string[];
  readonly s3: SentRequest[];
  readonly sqs: SentRequest[];
  /** Capacity units, by whether they were of a write. */
  readonly dynamodb: { readonly writes: boolean; readonly units: number }[];
}

const operationOf = ({ headers }: SentRequest): string => String(headers["x-amz-target"]).split(".")[1] ?? "";

interface Capacity {
  readonly CapacityUnits?: number;
}

/** What the service says that a request took: a refused write takes one unit, a query that finds nothing half of one. */
const capacityOf = (request: SentRequest, body: Buffer): Seen["dynamodb"][number] => {
  const { ConsumedCapacity = [] } = JSON.parse(body.toString()) as {
    readonly ConsumedCapacity?: Capacity | Capacity[];
  };
  const writes = /^(Put|Update|Delete|BatchWrite)/u.test(operationOf(request));
  const units = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  return { writes, units: Math.max(writes ? 1 : 0.5, units) };
};

/** Runs `use` on a cloud whose functions and state machine are watched from outside. */
export const withWatchedCloud = async (
  use: (stack: Stack, usage: () => Usage, seen: Seen) => Promise<void>,
): Promise<void> => {
  const seen: Seen = { invoked: [], lines: [], s3: [], sqs: [], dynamodb: [] };
  const stops: (() => Promise<void>)[] = [];
  const interpose = async (service: "s3" | "sqs" | "dynamodb" | "gateway", endpoint: string): Promise<string> => {
    const proxy = await startRecordingProxy({
      endpoint,
      refuse: () => undefined,
      onAnswer: (request, answer) => {
        if (service === "s3" || service === "sqs") seen[service].push(request);
        if (service === "dynamodb") seen.dynamodb.push(capacityOf(request, answer.body));
        return answer;
      },
    });
    stops.push(() => proxy.stop());
    return proxy.endpoint;
  };
  const cloud = await startCloud({
    timeScale: 0.001,
    executorMs: EXECUTOR_MS,
    secret: () => undefined,
    onLog: (_name, line) => void seen.lines.push(line),
    faults: {
      interpose,
      kill: (name) => void seen.invoked.push(name),
      deliver: (put) => void put(),
    },
  });
  stops.push(() => cloud.stop());
  try {
    await use(stackOf(cloud), cloud.usage, seen);
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
};
