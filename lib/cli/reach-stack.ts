import type { LiveCloud } from "../local/data-folder.ts";
import { withAwsStack } from "./aws-stack.ts";
import { createFunctionLogs, withEmbeddedStack } from "./embedded.ts";
import { checkDataFolder, reachClouds, type Whereabouts } from "./find-run.ts";
import { withLiveStack } from "./live-stack.ts";
import type { Stack } from "./stack.ts";
import { UsageError } from "./usage-error.ts";

/** Brings the services of a folder's cloud up; its unfinished runs wait. */
const withKeptStack = async (
  data: string,
  signal: AbortSignal,
  use: (stack: Stack) => Promise<void>,
): Promise<void> => {
  await checkDataFolder(data);
  await withEmbeddedStack({ timeScale: 1, logs: createFunctionLogs(), signal, data, resume: false }, use);
};

const theOnlyOne = ([cloud, ...others]: readonly LiveCloud[]): LiveCloud => {
  if (cloud === undefined) {
    throw new UsageError(
      "expected a cloud that is up in this folder, there is none; --data names the folder of one, --stack a deployed stack",
    );
  }
  if (others.length === 0) return cloud;
  const processes = [cloud, ...others].map(({ pid }) => pid).join(", ");
  throw new UsageError(
    `expected one cloud that is up in this folder, those of the processes ${processes} are; --data names the folder of one`,
  );
};

/**
 * Runs `use` on the deployed stack that is named, else on the cloud of the data folder, which is brought up where it is not, else on
 * the one live cloud of this folder.
 *
 * @throws UsageError when there is none, or when there are several
 */
export const withReachableStack = async (
  { stack, data }: Whereabouts,
  signal: AbortSignal,
  use: (stack: Stack) => Promise<void>,
): Promise<void> => {
  if (stack !== undefined) return withAwsStack(stack, use);
  const clouds = await reachClouds(data);
  if (data !== undefined && clouds.length === 0) return withKeptStack(data, signal, use);
  await withLiveStack(theOnlyOne(clouds), use);
};
