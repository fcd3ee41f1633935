import { Command } from "commander";

import type { FleetOptions } from "./agents-command.ts";
import { addServe } from "./add-serve.ts";
import { addCompletion } from "./completion-command.ts";
import { wholeNumber } from "./flags.ts";
import { addInspection } from "./inspection-commands.ts";
import { addPlan } from "./plan-command.ts";
import { addReport } from "./report-command.ts";
import { addRunCommands, stackOption } from "./run-commands.ts";
import { addSignals } from "./signals-command.ts";

const withFleetFlags = (command: Command): Command =>
  command
    .option("--data <folder>", "the fleet of this folder's cloud (default: the one that is kept here)")
    .addOption(stackOption("the fleet of this deployed stack"))
    .option("--fleet <name>", "the fleet's name");

const addAgents = (program: Command, signal: AbortSignal): void => {
  const agents = program.command("agents").description("look at the fleet and change it");
  withFleetFlags(agents.command("list").description("print the agents")).action(async (options: FleetOptions) =>
    (await import("./agents-command.ts")).listAgents(options, signal),
  );
  agents
    .command("apply")
    .description("make the fleet what a file says")
    .argument("<agents.json>")
    .option("--data <folder>", "the fleet of this folder's cloud (default: the one that is kept here)")
    .addOption(stackOption("the fleet of this deployed stack"))
    .action(async (path: string, options: FleetOptions) =>
      (await import("./agents-command.ts")).applyAgents(path, options, signal),
    );
  for (const to of ["online", "offline"] as const) {
    withFleetFlags(
      agents
        .command(to)
        .description(to === "online" ? "put an agent back into service" : "take an agent out of service")
        .argument("<id>"),
    ).action(async (id: string, options: FleetOptions) =>
      (await import("./agents-command.ts")).switchAgent(id, to, options, signal),
    );
  }
};

/** The commands, each of which loads its code when it is called. They stop when `signal` aborts; what goes wrong leaves them as an error. */
export const createProgram = (signal: AbortSignal): Command => {
  const program = new Command("phase21")
    .description("Runs predicted tasks on a fleet of agents, in waves")
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/gu, " ")}\n`) })
    .exitOverride();
  addRunCommands(program, signal);
  withFleetFlags(
    program
      .command("drain")
      .description("give an agent no new tasks; what it runs now ends")
      .argument("<agent>", "id of the agent"),
  ).action(async (id: string, options: FleetOptions) =>
    (await import("./agents-command.ts")).drainAgent(id, options, signal),
  );
  program
    .command("generate")
    .description("print sample predictions")
    .requiredOption("--tasks <n>", "how many", wholeNumber(1))
    .option("--seed <n>", "the same seed gives the same lines", wholeNumber(0), 21)
    .action(async ({ tasks, seed }: { tasks: number; seed: number }) =>
      (await import("./generate-command.ts")).generatePredictions(tasks, seed),
    );
  addPlan(program);
  addAgents(program, signal);
  addInspection(program, signal);
  addServe(program, signal);
  addSignals(program, signal);
  addReport(program, signal);
  addCompletion(program);
  return program;
};
