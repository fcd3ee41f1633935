import { join } from "node:path";

import { Argument, type Command } from "commander";

import { bashCompletion } from "./completion-bash.ts";
import { fishCompletion } from "./completion-fish.ts";
import { completionTree } from "./completion-tree.ts";
import { zshCompletion } from "./completion-zsh.ts";
import { createTerminal } from "./terminal.ts";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const entry = join(import.meta.dirname, "../../bin/phase21.mjs").replaceAll("'", String.raw`'\''`);

/** `phase21` itself, where the shell has none: the same as `npm start --`, from any folder. */
const definePhase21: Readonly<Record<Shell, string>> = {
  bash: `command -v phase21 >/dev/null || phase21() { node '${entry}' "$@"; }\n`,
  zsh: `(( $+commands[phase21] )) || phase21() { node '${entry}' "$@" }\n`,
  fish: `type -q phase21; or function phase21\n    node '${entry}' $argv\nend\n`,
};

/** Adds `completion`, which prints a script that makes a shell complete commands, flags, choices and the ids of runs. */
export const addCompletion = (program: Command): void => {
  program
    .command("completion")
    .description("print a script that lets a shell complete phase21, the same as npm start --")
    .addArgument(new Argument("<shell>").choices(shells))
    .action(async (shell: Shell) => {
      await createTerminal(false).out(`${definePhase21[shell]}${scripts[shell](completionTree(program))}`);
    });
};
