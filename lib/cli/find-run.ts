import { access } from "node:fs/promises";

import type { ExecutionStatus } from "@aws-sdk/client-sfn";

import { type LiveCloud, readLiveCloud } from "../local/data-folder.ts";
import { withAwsStack } from "./aws-stack.ts";
import { describeRun } from "./execution-status.ts";
import { listLiveClouds } from "./live-clouds.ts";
import { withLiveStack } from "./live-stack.ts";
import type { Stack } from "./stack.ts";
import { UsageError } from "./usage-error.ts";

/** Where the user says that a run or a fleet is. */
export interface Whereabouts {
  /** Name of a deployed stack. */
  readonly stack?: string;
  /** The folder that keeps an embedded cloud's state. @default the clouds that run for commands of this folder */
  readonly data?: string;
}

/** The flags by which a command that follows finds the same place. */
export const whereFlags = ({ stack, data }: Whereabouts): string =>
  `${stack === undefined ? "" : ` --stack ${stack}`}${data === undefined ? "" : ` --data ${data}`}`;

/** The clouds that a command can reach: the one of a data folder, else all that run for commands of this folder. */
export const reachClouds = async (data: string | undefined): Promise<readonly LiveCloud[]> => {
  if (data === undefined) return listLiveClouds();
  const cloud = await readLiveCloud(data);
  return cloud === undefined ? [] : [cloud];
};

/** @throws UsageError when there is no such folder */
export const checkDataFolder = async (data: string): Promise<void> => {
  try {
    await access(data);
  } catch (error) {
    throw new UsageError(`--data ${data}: expected the data folder of an earlier command, but it does not exist`, {
      cause: error,
    });
  }
};

const unknownRun = (runId: string, data: string | undefined): UsageError =>
  new UsageError(
    data === undefined
      ? `run ${runId}: no run of that id is under way in this folder; with --data the folder of its cloud can be named`
      : `run ${runId}: no run of that id is under way on --data ${data}; "resume --data ${data}" goes on with what is unfinished there`,
  );

const notUnderWay = (runId: string, status: ExecutionStatus | undefined): UsageError =>
  new UsageError(`run ${runId}: expected a run that is under way, but it has ended (${status})`);

const withLiveCloudOf = async (
  runId: string,
  data: string | undefined,
  use: (stack: Stack) => Promise<void>,
): Promise<void> => {
  const found: { readonly cloud: LiveCloud; readonly status: ExecutionStatus | undefined }[] = [];
  for (const cloud of await reachClouds(data)) {
    const execution = await withLiveStack(cloud, (stack) => describeRun(stack, runId));
    if (execution !== undefined) found.push({ cloud, status: execution.status });
  }
  const running = found.filter(({ status }) => status === "RUNNING");
  const [first, ...others] = running;
  if (others.length > 0) {
    const processes = running.map(({ cloud }) => cloud.pid).join(", ");
    throw new UsageError(`run ${runId}: expected one cloud that has it under way, the processes ${processes} do`);
  }
  if (first !== undefined) return withLiveStack(first.cloud, use);
  const [ended] = found;
  if (ended === undefined) throw unknownRun(runId, data);
  throw notUnderWay(runId, ended.status);
};

/**
 * Runs `use` on the deployed stack that is named, or else on the live cloud that has the run under way.
 *
 * @throws UsageError when there is none, when there are several, or when the run has ended
 */
export const withCloudOfRun = async (
  runId: string,
  { stack: name, data }: Whereabouts,
  use: (stack: Stack) => Promise<void>,
): Promise<void> => {
  if (name === undefined) return withLiveCloudOf(runId, data, use);
  await withAwsStack(name, async (stack) => {
    const execution = await describeRun(stack, runId);
    if (execution === undefined)
      throw new UsageError(`run ${runId}: expected a run of stack ${name}, it has none of that id`);
    if (execution.status !== "RUNNING") throw notUnderWay(runId, execution.status);
    await use(stack);
  });
};
