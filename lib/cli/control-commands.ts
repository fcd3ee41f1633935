import type { RunControl } from "../domain/run-control.ts";
import { whereFlags, type Whereabouts, withCloudOfRun } from "./find-run.ts";
import { createTerminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

const whatHappens = (runId: string, state: RunControl["state"], where: Whereabouts): string => {
  switch (state) {
    case "PAUSED":
      return `run ${runId} pauses: what is under way ends, nothing new starts until: npm start -- resume ${runId}${whereFlags(where)}`;
    case "RUN":
      return `run ${runId} goes on`;
    case "CANCELLED":
      return `run ${runId} is cancelled: what is under way ends, its other tasks end SKIPPED (cancelled), and its files are written`;
  }
};

/**
 * Pauses a run that is under way, lets it go on, or cancels it, and says in one line what happens next.
 *
 * @throws UsageError when no such run is under way, or when it was cancelled before
 */
export const controlRun = (runId: string, state: RunControl["state"], where: Whereabouts): Promise<void> =>
  withCloudOfRun(runId, where, async ({ runs }) => {
    const before = await runs.readControl(runId);
    if (before.state === "CANCELLED" && state !== "CANCELLED") {
      throw new UsageError(`run ${runId}: expected a run that is to go on, but it was cancelled`);
    }
    await runs.putControl(runId, state, new Date().toISOString());
    await createTerminal(false).out(`${whatHappens(runId, state, where)}\n`);
  });
