import { Command, InvalidArgumentError, Option } from "commander";

import { retryStrategies, strategies } from "../domain/run-config.ts";
import { applyAgents, listAgents, switchAgent } from "./agents-command.ts";
import { generatePredictions } from "./generate-command.ts";
import { runPredictions, type RunOptions } from "./run-command.ts";

const wholeNumber =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least}, received "${text}"`);
  };

const timeScale = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 10) return value;
  throw new InvalidArgumentError(`expected a number from 0 to 10, received "${text}"`);
};

/** The commands. They stop when `signal` aborts; what goes wrong leaves them as an error. */
export const createProgram = (signal: AbortSignal): Command => {
  const program = new Command("phase21")
    .description("Runs predicted tasks on a fleet of agents, in waves")
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/gu, " ")}\n`) })
    .exitOverride();

  program
    .command("run")
    .description("run a predictions file on the embedded cloud")
    .argument("<predictions.jsonl>", "a task a line")
    .option("--schedule <file>", "schedule.jsonl: waves, priorities, pinned agents")
    .option("--agents <file>", "agents.json: the fleet (default: the one of `agents apply`, else 4 simulated agents)")
    .option("--config <file>", "config.json; flags win over it")
    .addOption(new Option("--strategy <name>", "who gets which task").choices(strategies))
    .addOption(new Option("--retry-strategy <name>", "how long to wait between attempts").choices(retryStrategies))
    .option("--max-retries <n>", "retries after the first attempt, 0 to 5")
    .option("--waves <n>", "number of waves")
    .option("--seed <n>", "seed of the simulated agents")
    .option("--out <folder>", "where the files go (default: out/<run_id>)")
    .option("--time-scale <x>", "how long waits between attempts take, 1 = as deployed", timeScale, 0.1)
    .option("--json", "print the metrics summary on stdout")
    .option("--quiet", "no progress and no summary")
    .action((predictions: string, options: RunOptions) => runPredictions(predictions, options, signal));

  program
    .command("generate")
    .description("print sample predictions")
    .requiredOption("--tasks <n>", "how many", wholeNumber(1))
    .option("--seed <n>", "the same seed gives the same lines", wholeNumber(0), 21)
    .action(({ tasks, seed }: { tasks: number; seed: number }) => generatePredictions(tasks, seed));

  const agents = program.command("agents").description("look at the fleet and change it");
  agents
    .command("list")
    .description("print the agents")
    .action(() => listAgents(signal));
  agents
    .command("apply")
    .description("make the fleet what a file says")
    .argument("<agents.json>")
    .action((path: string) => applyAgents(path, signal));
  for (const to of ["online", "offline"] as const) {
    agents
      .command(to)
      .description(to === "online" ? "put an agent back into service" : "take an agent out of service")
      .argument("<id>")
      .action((id: string) => switchAgent(id, to, signal));
  }
  return program;
};
