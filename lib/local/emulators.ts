import { Worker } from "node:worker_threads";

import { type BreakdownError, toBreakdownError } from "./breakdown.ts";
import { ServiceCounters } from "./meter-services.ts";
import type { ObjectCreated } from "./s3-object-created.ts";

/** The running emulators; the endpoints are `http://127.0.0.1:<port>`. */
export interface Emulators {
  readonly s3Endpoint: string;
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** Gives the reason when they break down by themselves, all of them at once; nothing can go on without them. */
  readonly brokenDown: Promise<BreakdownError>;
  /** Ends them at once; what they held is gone, unless they keep it in a folder. */
  stop(): Promise<void>;
}

/** What the emulators' thread tells this one. */
export type EmulatorsMessage =
  | { readonly kind: "ready"; readonly fauxqsEndpoint: string; readonly dynamodbEndpoint: string }
  | { readonly kind: "object-created"; readonly created: ObjectCreated };

/** What this thread tells the emulators' one when it starts. */
export interface EmulatorsData {
  readonly dataDirectory: string | undefined;
  /** Counts what is asked of them; see ServiceCounters. */
  readonly counters: SharedArrayBuffer;
}

/**
 * Starts S3 and SQS (fauxqs) and DynamoDB (dynalite), all in one worker thread, and resolves when all of them listen.
 *
 * @throws BreakdownError where one cannot start, such as on a full disk
 */
export async function startEmulators(options: {
  onObjectCreated(created: ObjectCreated): void;
  /** A folder for V8's compiled code, which makes the next start cheaper. @default none */
  readonly compileCacheDirectory?: string;
  /** A folder where they find what they held and keep what they hold; one process at a time may use it. @default in memory */
  readonly dataDirectory?: string;
  /** Count what functions and state machine ask of them. @default nobody reads it */
  readonly counters?: ServiceCounters;
}): Promise<Emulators> {
  const { compileCacheDirectory, dataDirectory, counters = new ServiceCounters() } = options;
  const worker = new Worker(new URL("./emulators-worker.ts", import.meta.url), {
    env: compileCacheDirectory === undefined ? {} : { NODE_COMPILE_CACHE: compileCacheDirectory },
    execArgv: [],
    // What they hold is mostly outside the heap; V8's default of 48 MiB would only add to it.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
    stdout: true,
    stderr: true,
    workerData: { dataDirectory, counters: counters.memory } satisfies EmulatorsData,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Emulators>();
  const brokenDown = new Promise<BreakdownError>((tell) => {
    worker.once("error", (error: Error) => tell(toBreakdownError(error, dataDirectory)));
  });
  void brokenDown.then(reject);
  const ended = new Promise<unknown>((tell) => worker.once("exit", tell));
  worker.on("message", (message: EmulatorsMessage) => {
    if (message.kind === "object-created") return options.onObjectCreated(message.created);
    resolve({
      s3Endpoint: message.fauxqsEndpoint,
      sqsEndpoint: message.fauxqsEndpoint,
      dynamodbEndpoint: message.dynamodbEndpoint,
      brokenDown,
      stop: async () => {
        if (dataDirectory === undefined) return void (await worker.terminate());
        worker.postMessage("end");
        await ended;
      },
    });
  });
  return promise;
}
