import { CommanderError } from "commander";

import { InvalidInputError } from "../domain/errors.ts";
import { BreakdownError } from "../local/breakdown.ts";
import { DataFolderInUseError } from "../local/data-folder.ts";
import { addExamples } from "./help-examples.ts";
import { createProgram } from "./program.ts";
import { suggestChoices } from "./suggest-choices.ts";
import { RunFailedError, UsageError } from "./usage-error.ts";

/** What the user can put right on the command line or in a file. */
const usageErrors = [UsageError, InvalidInputError, DataFolderInUseError];

/**
 * Runs a command line (without node and script) and gives its exit code: 0 done, 1 the run did not finish, 2 wrong usage or
 * unreadable input. Errors are one line on stderr.
 */
export const main = async (args: readonly string[], signal: AbortSignal): Promise<number> => {
  const say = (text: string) => process.stderr.write(`${text.replaceAll(/\s*\n\s*/gu, " ")}\n`);
  try {
    const program = createProgram(signal);
    addExamples(program);
    suggestChoices(program);
    await program.parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    // Commander has printed its own line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (usageErrors.some((type) => error instanceof type)) {
      say(`error: ${(error as Error).message}`);
      return 2;
    }
    if (signal.aborted) {
      say("interrupted: the run did not finish");
      return 1;
    }
    say(`error: ${error instanceof RunFailedError || error instanceof BreakdownError ? error.message : String(error)}`);
    return 1;
  }
};
