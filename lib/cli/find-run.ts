import type { ExecutionStatus } from "@aws-sdk/client-sfn";

import { type LiveCloud, readLiveCloud } from "../local/data-folder.ts";
import type { Stack } from "./embedded.ts";
import { describeRun } from "./execution-status.ts";
import { listLiveClouds } from "./live-clouds.ts";
import { withLiveStack } from "./live-stack.ts";
import { UsageError } from "./usage-error.ts";

/** The clouds that a command can reach: the one of a data folder, else all that run for commands of this folder. */
export const reachClouds = async (data: string | undefined): Promise<readonly LiveCloud[]> => {
  if (data === undefined) return listLiveClouds();
  const cloud = await readLiveCloud(data);
  return cloud === undefined ? [] : [cloud];
};

const unknownRun = (runId: string, data: string | undefined): UsageError =>
  new UsageError(
    data === undefined
      ? `run ${runId}: no run of that id is under way in this folder; with --data the folder of its cloud can be named`
      : `run ${runId}: no run of that id is under way on --data ${data}; "resume --data ${data}" goes on with what is unfinished there`,
  );

/**
 * Runs `use` on the live cloud that has the run under way.
 *
 * @throws UsageError when there is none, when there are several, or when the run has ended
 */
export const withCloudOfRun = async (
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
  throw new UsageError(`run ${runId}: expected a run that is under way, but it has ended (${ended.status})`);
};
