import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { MetricsSummary } from "../domain/summary.ts";
import { finishRun } from "./finish-run.ts";
import { renderEnd } from "./render-serve.ts";
import type { RunContext } from "./run-cloud.ts";
import { createTerminal } from "./terminal.ts";

/** Sees a run to its end, and says in one line how it went and where its files are. */
const sayEnd = async (context: RunContext, runId: string): Promise<void> => {
  const { terminal, signal } = context;
  const out = join("out", runId);
  try {
    await finishRun({ ...context, terminal: createTerminal(true) }, runId, { out });
    const summary = JSON.parse(await readFile(join(out, "metrics_summary.json"), "utf8")) as MetricsSummary;
    terminal.say(renderEnd(summary, out));
  } catch (error) {
    if (signal.aborted) return;
    const reason = (error as Error).message.replace(`run ${runId}: `, "");
    terminal.say(`run ${runId} FAILED: ${reason}; files in ${out}/`);
  }
};

/** Tells of the runs of a cloud, whatever started them, and leaves their files in `out/<run_id>`. */
export interface RunTeller {
  /** Takes the id of a run that begins; those that the start of the cloud lets go on come before `open`. */
  readonly onRun: (runId: string) => void;
  /** From now on the cloud can be asked. */
  readonly open: (context: RunContext) => void;
  /** Waits for the runs that were told of. */
  readonly ended: () => Promise<unknown>;
}

/** Makes a teller that says a line when a run begins, and one when it ends. */
export const createRunTeller = (): RunTeller => {
  const resumed: string[] = [];
  const followed: Promise<void>[] = [];
  let opened: RunContext | undefined;
  const follow = (context: RunContext, runId: string, what: string): void => {
    context.terminal.say(`run ${runId} ${what}`);
    followed.push(sayEnd(context, runId));
  };
  return {
    onRun: (runId) => {
      if (opened === undefined) resumed.push(runId);
      else follow(opened, runId, "started");
    },
    open: (context) => {
      opened = context;
      for (const runId of resumed) follow(context, runId, "goes on");
    },
    ended: () => Promise.all(followed),
  };
};
