import type { Command } from "commander";

import { type CompareOptions, compareTwoRuns } from "./compare-command.ts";
import { stackOption } from "./run-commands.ts";
import { listRuns, type RunsOptions } from "./runs-command.ts";
import { showRun, type ShowOptions } from "./show-command.ts";
import { explainTask, type WhyOptions } from "./why-command.ts";

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
  ).action((run: string, task: string, options: WhyOptions) => explainTask(run, task, options, signal));
  withCloudFlags(
    program.command("runs").description("list the runs that are known here, the newest first"),
    "the runs",
    "print the list as JSON",
  ).action((options: RunsOptions) => listRuns(options, signal));
  withRecordFlags(
    program.command("show").description("print the summary of an ended run").argument("<run>", RUN),
    "print the metrics summary as JSON",
  ).action((run: string, options: ShowOptions) => showRun(run, options, signal));
  withCloudFlags(
    program
      .command("compare")
      .description("put two ended runs side by side")
      .argument("<run-a>", RUN)
      .argument("<run-b>", "the other run"),
    "the runs",
    "print the comparison as JSON",
  ).action((a: string, b: string, options: CompareOptions) => compareTwoRuns([a, b], options, signal));
};
