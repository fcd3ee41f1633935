import { setFlagsFromString } from "node:v8";

import type { Usage } from "../domain/usage.ts";
import { type Assembly, compileCacheDirectory, loadAssembly } from "./assembly.ts";
import type { BreakdownError } from "./breakdown.ts";
import type { CloudClients, CloudEndpoints } from "./clients.ts";
import type { CloudFaults } from "./cloud-faults.ts";
import { claimDataFolder } from "./data-folder.ts";
import { startEmulators } from "./emulators.ts";
import { createMeter } from "./meter.ts";
import type { ObjectCreated } from "./s3-object-created.ts";
import type { ScheduleClock } from "./schedules.ts";

/**
 * Old space, in MiB, that the threads' heaps may fill before V8 marks what is alive in it. Left alone it begins at some 30, and again
 * after each third more: in ten small heaps that took a fifth of a run's CPU time.
 */
const unmarkedMegabytes = 80;

export interface CloudOptions {
  /** How long waits and retries take, as a part of what they say: 0.1 makes SPEC E2's table of the deployed unit of 1 s. */
  readonly timeScale: number;
  /** Takes each line that a function writes. */
  readonly onLog: (functionName: string, line: string) => void;
  /** Gives the secret that an agent's endpoint names, or undefined. */
  readonly secret: (name: string) => string | undefined;
  /** The folder that keeps objects, messages, items and executions; one cloud at a time may use it. @default nothing is kept */
  readonly data?: string;
  /** Whether unfinished executions go on and schedules start; without, only its services are up. @default true */
  readonly resume?: boolean;
  /** Values of the template's parameters. @default those of the template */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Told the name of each execution that begins, or goes on after a start. @default nobody is told */
  readonly onExecution?: (name: string) => void;
  /** What the template's schedules go by. @default the machine's time */
  readonly scheduleClock?: ScheduleClock;
  /** Milliseconds that each invocation of the executor is billed with. @default as long as it takes here */
  readonly executorMs?: number;
  /** What a test lets go wrong. @default nothing */
  readonly faults?: CloudFaults;
}

/** A stack that runs in this process. */
export interface Cloud {
  /** The outputs of the stack, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly clients: CloudClients;
  readonly endpoints: CloudEndpoints;
  /** What AWS would have billed since the cloud is up, for what functions and state machine did and for objects that were uploaded. */
  readonly usage: () => Usage;
  /** Resolves once an execution has ended, which spares asking for it; undefined where there is none. */
  readonly executionEnded: (executionArn: string) => Promise<void> | undefined;
  /** Gives the reason when it breaks down, such as on a full disk; whoever started it still stops it. */
  readonly brokenDown: Promise<BreakdownError>;
  /** Ends everything: executions, functions, servers, threads. */
  stop(): Promise<void>;
}

/**
 * Brings the synthesized stack up on loopback and free ports. A start that fails leaves nothing behind.
 *
 * @throws UnsupportedLocallyError when the template asks for what the embedded cloud does not have
 * @throws BreakdownError when its services cannot start
 */
export const startCloud = async (
  options: CloudOptions,
  load: () => Promise<Assembly> = loadAssembly,
): Promise<Cloud> => {
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const endAll = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  const stop = (): Promise<void> => (stopping ??= endAll());
  try {
    return { ...(await bringUp(options, load, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Starts part after part and adds to `stops` what ends each. */
const bringUp = async (
  options: CloudOptions,
  load: () => Promise<Assembly>,
  stops: (() => Promise<void>)[],
): Promise<Omit<Cloud, "stop">> => {
  const { data } = options;
  const folder = data === undefined ? undefined : await claimDataFolder(data);
  stops.push(async () => folder?.release());
  let onObjectCreated: (created: ObjectCreated) => void = () => {};
  setFlagsFromString(`--initial-old-space-size=${unmarkedMegabytes}`);
  const meter = createMeter(options.executorMs);
  const startingEmulators = startEmulators({
    onObjectCreated: (created) => onObjectCreated(created),
    compileCacheDirectory,
    counters: meter.services,
    ...(data !== undefined && { dataDirectory: data }),
  });
  stops.push(async () => (await startingEmulators.catch(() => undefined))?.stop());
  // The SDK takes as long to load as the emulators to start, on the other core.
  const loading = Promise.all([import("./raise-stack.ts"), load()]);
  const [emulators, [{ raiseStack }, assembly]] = await Promise.all([startingEmulators, loading]);
  const listen = (listener: typeof onObjectCreated): void => {
    onObjectCreated = listener;
  };
  return raiseStack({ options, assembly, emulators, meter, folder, listen, stops });
};
