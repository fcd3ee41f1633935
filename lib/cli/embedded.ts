import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { createDynamoFleetStore } from "../aws/dynamo-fleet-store.ts";
import { createDynamoRunStore } from "../aws/dynamo-run-store.ts";
import { createS3ObjectStore } from "../aws/s3-object-store.ts";
import type { FleetStore, ObjectStore, RunStore } from "../domain/ports.ts";
import type { CloudClients } from "../local/clients.ts";
import { type Cloud, type CloudOptions, startCloud } from "../local/cloud.ts";
import { embeddedPace, type Pace } from "./pace.ts";

/** A stack as the commands use it, wherever it runs: its clients and its stores. */
export interface Stack {
  readonly outputs: Readonly<Record<string, string>>;
  readonly clients: CloudClients;
  readonly objects: ObjectStore;
  readonly fleet: FleetStore;
  readonly runs: RunStore;
  readonly pace: Pace;
  /** Resolves once an execution has ended; undefined where there is none, and absent where only asking tells. */
  readonly executionEnded?: Cloud["executionEnded"];
}

/** A stack of this process, which other processes reach at its endpoints. */
export type EmbeddedStack = Stack & Pick<Cloud, "endpoints" | "usage">;

/** A stack by its outputs and clients. */
export const stackOf = ({ outputs, clients }: Pick<Stack, "outputs" | "clients">, pace = embeddedPace): Stack => {
  const documents = DynamoDBDocumentClient.from(clients.dynamodb, { marshallOptions: { removeUndefinedValues: true } });
  const table = outputs["TableName"] ?? "";
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return {
    outputs,
    clients,
    pace,
    objects: createS3ObjectStore(clients.s3, outputs["BucketName"] ?? ""),
    fleet: createDynamoFleetStore(documents, table, sleep),
    runs: createDynamoRunStore(documents, table, Date.now),
  };
};

/** The agents' secrets on a laptop: `PHASE21_SECRET_<NAME>`, the name in upper case with `_` for what is no letter or digit. */
const secretOf = (name: string): string | undefined =>
  process.env[`PHASE21_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/gu, "_")}`];

/** Collects what the functions write until the run's folder is known. */
export interface FunctionLogs {
  readonly onLog: (functionName: string, line: string) => void;
  /** Writes `logs/<function>.log` into the folder. */
  save(directory: string): Promise<void>;
}

/** Lines of a function that are kept: the latest ones say what went wrong. */
const MAX_LINES = 20_000;

export const createFunctionLogs = (): FunctionLogs => {
  const lines = new Map<string, string[]>();
  return {
    onLog: (name, line) => {
      const kept = lines.get(name) ?? [];
      lines.set(name, kept);
      if (kept.length >= MAX_LINES) kept.splice(0, MAX_LINES / 2);
      kept.push(line);
    },
    save: async (directory) => {
      await mkdir(join(directory, "logs"), { recursive: true });
      for (const [name, kept] of lines) await writeFile(join(directory, "logs", `${name}.log`), `${kept.join("\n")}\n`);
    },
  };
};

/** How an embedded cloud is brought up. */
export interface EmbeddedOptions extends Pick<CloudOptions, "parameters" | "onExecution" | "scheduleClock"> {
  readonly timeScale: number;
  readonly logs: FunctionLogs;
  readonly signal: AbortSignal;
  /** The folder that keeps the cloud's state. @default none: it ends with the command */
  readonly data?: string | undefined;
  /** Whether runs that the folder holds unfinished go on. @default true */
  readonly resume?: boolean;
}

/**
 * Runs `use` on an embedded cloud and takes it down again, whatever happens. Unless told otherwise, runs that its folder holds
 * unfinished go on as soon as it is up. `use` is given a signal that aborts with the command's, and when the cloud breaks down.
 *
 * @throws BreakdownError when the cloud breaks down, whatever became of `use`
 */
export const withEmbeddedStack = async <Result>(
  { timeScale, logs, data, signal, resume = true, ...options }: EmbeddedOptions,
  use: (stack: EmbeddedStack, signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const cloud = await startCloud({
    ...options,
    timeScale,
    onLog: logs.onLog,
    secret: secretOf,
    resume,
    ...(data !== undefined && { data }),
  });
  const breakdown = new AbortController();
  const broken = cloud.brokenDown.then(async (error) => {
    breakdown.abort(error);
    // At once, before an execution takes the fault for its own and ends with it: so it goes on after the next start.
    await cloud.stop();
    throw error;
  });
  const using = use(
    { ...stackOf(cloud), endpoints: cloud.endpoints, usage: cloud.usage, executionEnded: cloud.executionEnded },
    AbortSignal.any([signal, breakdown.signal]),
  );
  try {
    return await Promise.race([using, broken]);
  } catch (error) {
    breakdown.signal.throwIfAborted();
    throw error;
  } finally {
    await cloud.stop();
    // What it has begun, it still ends: others must not find what is gone.
    await using.catch(() => {});
  }
};
