import { type Command, Option } from "commander";

import { retryStrategies, strategies } from "../domain/run-config.ts";
import type { Whereabouts } from "./find-run.ts";
import { timeScale } from "./flags.ts";
import type { RedriveOptions } from "./redrive-command.ts";
import type { ResumeOptions } from "./resume-command.ts";
import type { RunOptions } from "./run-command.ts";

const DATA = "--data <folder>";

/** Names a deployed stack, whose state and pace are its own. */
export const stackOption = (description: string, ...conflicts: readonly string[]): Option =>
  new Option("--stack <name>", description).conflicts(["data", ...conflicts]);

/** Flags of what carries a run to its files. */
const withRunFlags = (command: Command): Command =>
  command
    .option("--agents <file>", "agents.json: the fleet (default: the one of `agents apply`, else 4 simulated agents)")
    .option("--config <file>", "config.json; flags win over it")
    .addOption(new Option("--strategy <name>", "who gets which task").choices(strategies))
    .addOption(new Option("--retry-strategy <name>", "how long to wait between attempts").choices(retryStrategies))
    .option("--max-retries <n>", "retries after the first attempt, 0 to 5")
    .option("--waves <n>", "number of waves")
    .option("--seed <n>", "seed of the simulated agents")
    .option("--out <folder>", "where the files go (default: out/<run_id>)")
    .option(DATA, "keeps the cloud's state: what is cut off goes on from there (default: it ends with the command)")
    .option("--time-scale <x>", "how long waits between attempts take, 1 = as deployed", timeScale, 0.1)
    .addOption(stackOption("run it on this deployed stack, with your AWS credentials", "timeScale"))
    .option("--json", "print the metrics summary on stdout")
    .option("--quiet", "no progress and no summary");

const addRun = (program: Command, signal: AbortSignal): void => {
  withRunFlags(
    program
      .command("run")
      .description("run a predictions file on the embedded cloud, or on a deployed stack")
      .argument("<predictions.jsonl>", "a task a line")
      .option("--schedule <file>", "schedule.jsonl: waves, priorities, pinned agents")
      .addOption(
        new Option(
          "--dry-run",
          "run nothing: say what it would do, and what that would take and cost on AWS",
        ).conflicts(["stack", "out"]),
      ),
  ).action(async (predictions: string, options: RunOptions) =>
    options.dryRun === true
      ? (await import("./dry-run.ts")).dryRun(predictions, options)
      : (await import("./run-command.ts")).runPredictions(predictions, options, signal),
  );
};

const addRedrive = (program: Command, signal: AbortSignal): void => {
  withRunFlags(
    program
      .command("redrive")
      .description("run the tasks of an ended run that did not complete, as a new run")
      .argument("<run>", "id of the ended run")
      .option("--reason <reason...>", "only tasks that ended for these reasons, and what they need")
      .option("--predictions <file>", "the run's predictions, where no data folder or stack has them")
      .option("--schedule <file>", "the run's schedule, with --predictions")
      .option("--results <file>", "the run's records, with --predictions (default: out/<run>/results.jsonl)"),
  ).action(async (runId: string, options: RedriveOptions) =>
    (await import("./redrive-command.ts")).redriveRun(runId, options, signal),
  );
};

const addResume = (program: Command, signal: AbortSignal): void => {
  program
    .command("resume")
    .description("let a paused run go on; with --data and no run: go on with all that is unfinished there")
    .argument("[run]", "id of the run")
    .option(DATA, "folder of the run's cloud")
    .option("--time-scale <x>", "how long waits between attempts take, 1 = as deployed", timeScale, 0.1)
    .addOption(stackOption("the run of this deployed stack", "timeScale"))
    .option("--quiet", "no progress and no summary")
    .action(async (runId: string | undefined, options: ResumeOptions) =>
      (await import("./resume-command.ts")).resumeRun(runId, options, signal),
    );
};

/** Adds the commands that start runs and those that steer them. */
export const addRunCommands = (program: Command, signal: AbortSignal): void => {
  addRun(program, signal);
  for (const [name, state, description] of [
    ["pause", "PAUSED", "start nothing new of a run until it is resumed"],
    ["cancel", "CANCELLED", "end a run: its tasks that have not started are skipped"],
  ] as const) {
    program
      .command(name)
      .description(description)
      .argument("<run>", "id of the run")
      .option(DATA, "folder of the run's cloud")
      .addOption(stackOption("the run of this deployed stack"))
      .action(async (runId: string, options: Whereabouts) =>
        (await import("./control-commands.ts")).controlRun(runId, state, options),
      );
  }
  addResume(program, signal);
  addRedrive(program, signal);
};
