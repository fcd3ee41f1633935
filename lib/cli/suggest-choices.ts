import { type Command, InvalidArgumentError } from "commander";

import { closestName } from "../domain/did-you-mean.ts";

const explain = (text: string, choices: readonly string[]): string => {
  const bySmall = new Map(choices.map((choice) => [choice.toLowerCase(), choice]));
  const meant = bySmall.get(closestName(text.toLowerCase(), [...bySmall.keys()]) ?? "");
  return `Allowed choices are ${choices.join(", ")}.${meant === undefined ? "" : ` (Did you mean ${meant}?)`}`;
};

/** Lets the options of a command, and of those below it, that have choices name the one that was probably meant. */
export const suggestChoices = (command: Command): void => {
  for (const option of [...command.options, ...command.registeredArguments]) {
    const { argChoices, parseArg } = option;
    if (argChoices === undefined || parseArg === undefined) continue;
    option.parseArg = <T>(text: string, previous: T): T => {
      if (!argChoices.includes(text)) throw new InvalidArgumentError(explain(text, argChoices));
      return parseArg(text, previous) as T;
    };
  }
  for (const child of command.commands) suggestChoices(child);
};
