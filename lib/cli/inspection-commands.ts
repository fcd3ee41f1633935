import type { Command } from "commander";

import type { CompareOptions } from "./compare-command.ts";
import { stackOption } from "./run-commands.ts";
import type { RunsOptions } from "./runs-command.ts";
import type { ShowOptions } from "./show-command.ts";
import type { WhyOptions } from "./why-command.ts";

const RUN = "id of the run, its beginning, `latest`, or the folder of its files";

/** Flags that name a cloud, and the one that prints JSON. */
const withCloudFlags = (command: Command, runs: string, json: string): Command =>
  command
    .option("--data <folder>", `${runs} of this folder's cloud`)
    .addOption(stackOption(`${runs} of this deployed stack`))
    .option("--json", json);

const withRecordFlags = (command: Command, json: string): Command =>
  withCloudFlags(
    command.option("--out <folder>", "where the files of the run are (default: out/<run_id>)"),
    "the run",
    json,
  );

/** Adds the commands that look at runs: `why`, `runs`, `show` and `compare`. */
export const addInspection = (program: Command, signal: AbortSignal): void => {
  withRecordFlags(
    program
      .command("why")
      .description("tell the whole story of a task: prediction, wave, agents, gates, attempts, outcome, signals")
      .argument("<run>", RUN)
      .argument("<task>", "id of the task, or FILE:LINE of a rejected line"),
    "print the story as JSON",
  ).action(async (run: string, task: string, options: WhyOptions) =>
    (await import("./why-command.ts")).explainTask(run, task, options, signal),
  );
  withCloudFlags(
    program.command("runs").description("list the runs that are known here, the newest first"),
    "the runs",
    "print the list as JSON",
  ).action(async (options: RunsOptions) => (await import("./runs-command.ts")).listRuns(options, signal));
  withRecordFlags(
    program.command("show").description("print the summary of an ended run").argument("<run>", RUN),
    "print the metrics summary as JSON",
  ).action(async (run: string, options: ShowOptions) =>
    (await import("./show-command.ts")).showRun(run, options, signal),
  );
  withCloudFlags(
    program
      .command("compare")
      .description("put two ended runs side by side")
      .argument("<run-a>", RUN)
      .argument("<run-b>", "the other run"),
    "the runs",
    "print the comparison as JSON",
  ).action(async (a: string, b: string, options: CompareOptions) =>
    (await import("./compare-command.ts")).compareTwoRuns([a, b], options, signal),
  );
};
