import { type Command, InvalidArgumentError, Option } from "commander";

import { type TargetPhase, targetPhases } from "../domain/signal.ts";
import type { Whereabouts } from "./find-run.ts";
import { wholeNumber } from "./flags.ts";
import { createFlushedOutput } from "./flushed-output.ts";
import type { PullOptions } from "./pull-signals.ts";
import { stackOption } from "./run-commands.ts";
import { createTerminal } from "./terminal.ts";

const readPhase = (text: string): TargetPhase => {
  const phase = targetPhases.find((known) => String(known) === text);
  if (phase !== undefined) return phase;
  throw new InvalidArgumentError(`expected one of ${targetPhases.join(", ")}, received "${text}"`);
};

/** Adds `signals pull`, which prints what a phase is told and takes it off its queue. */
export const addSignals = (program: Command, signal: AbortSignal): void => {
  program
    .command("signals")
    .description("read what the phases that learn are told")
    .command("pull")
    .description("print the signals of a phase, one a line; a message is deleted after it was printed")
    .addOption(
      new Option("--phase <n>", `the phase: ${targetPhases.join(", ")}`).argParser(readPhase).makeOptionMandatory(),
    )
    .option("--keep", "leave the messages in the queue; each time counts as one of the five receives of a message")
    .option("--max <n>", "stop after the message that brings the signals to this number", wholeNumber(1))
    .option("--wait <seconds>", "stop when nothing came for so long", wholeNumber(0), 1)
    .addOption(stackOption("the deployed stack"))
    .option("--data <folder>", "the folder of the cloud (default: the cloud that is up in this folder)")
    .action(async (options: PullOptions & Whereabouts) => {
      const { pullSignals } = await import("./pull-signals.ts");
      const { withReachableStack } = await import("./reach-stack.ts");
      const terminal = { print: createFlushedOutput(process.stdout), say: createTerminal(false).say };
      await withReachableStack(options, signal, (stack) => pullSignals(stack, options, terminal, signal));
    });
};
