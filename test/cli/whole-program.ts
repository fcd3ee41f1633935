import type { Command } from "commander";
import { vi } from "vitest";

import { addExamples } from "../../lib/cli/help-examples.ts";
import { createProgram } from "../../lib/cli/program.ts";
import { suggestChoices } from "../../lib/cli/suggest-choices.ts";

/** The program as the command line has it; what it says goes nowhere. */
export const createWholeProgram = (): Command => {
  const program = createProgram(new AbortController().signal);
  addExamples(program);
  suggestChoices(program);
  return silence(program);
};

const silence = (command: Command): Command => {
  command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  command.commands.forEach(silence);
  return command;
};

/** Gives what a function writes to stdout. */
export const captureStdout = async (write: () => Promise<unknown>): Promise<string> => {
  let text = "";
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    await write();
  } finally {
    spy.mockRestore();
  }
  return text;
};
