import { Worker } from "node:worker_threads";
import type { ObjectCreated } from "./s3-object-created.ts";

/** The running emulators; the endpoints are `http://127.0.0.1:<port>`. */
export interface Emulators {
  readonly s3Endpoint: string;
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  /** Ends them at once; what they held is gone. */
  stop(): Promise<void>;
}

/** What the emulators' thread tells this one. */
export type EmulatorsMessage =
  | { readonly kind: "ready"; readonly fauxqsEndpoint: string; readonly dynamodbEndpoint: string }
  | { readonly kind: "object-created"; readonly created: ObjectCreated };

/**
 * Starts S3 and SQS (fauxqs) and DynamoDB (dynalite), all in memory and in one worker thread, and resolves when all of them listen.
 * An emulator that breaks down later ends the process as an uncaught exception: nothing can go on without it.
 */
export async function startEmulators(options: {
  onObjectCreated(created: ObjectCreated): void;
  /** A folder for V8's compiled code, which makes the next start cheaper. @default none */
  readonly compileCacheDirectory?: string;
}): Promise<Emulators> {
  const { compileCacheDirectory } = options;
  const worker = new Worker(new URL("./emulators-worker.ts", import.meta.url), {
    env: compileCacheDirectory === undefined ? {} : { NODE_COMPILE_CACHE: compileCacheDirectory },
    execArgv: [],
    // What they hold is mostly outside the heap; V8's default of 48 MiB would only add to it.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
    stdout: true,
    stderr: true,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Emulators>();
  worker.once("error", reject);
  worker.on("message", (message: EmulatorsMessage) => {
    if (message.kind === "object-created") return options.onObjectCreated(message.created);
    worker.off("error", reject);
    resolve({
      s3Endpoint: message.fauxqsEndpoint,
      sqsEndpoint: message.fauxqsEndpoint,
      dynamodbEndpoint: message.dynamodbEndpoint,
      stop: async () => {
        await worker.terminate();
      },
    });
  });
  return promise;
}
