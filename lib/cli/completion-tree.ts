import type { Argument, Command, Option } from "commander";

/** What a value can be: one of some words, the id of a run, a file, a folder, or nothing that a shell knows of. */
export type Completable =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "runs" | "files" | "folders" | "other" };

/** A flag as a shell offers it. */
export interface CompletionFlag {
  /** Such as `--out`. */
  readonly name: string;
  readonly description: string;
  /** undefined where the flag takes none. */
  readonly value: Completable | undefined;
}

/** A command, or the program itself, as a shell completes it. */
export interface CompletionNode {
  /** The words that lead to it, such as `agents list`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly CompletionFlag[];
  readonly value: Completable;
}

/** What the name in `<…>` or `[…]` stands for. */
const kindOf = (name: string): Exclude<Completable["kind"], "words"> => {
  if (/^runs?\b/iu.test(name)) return "runs";
  if (/folder/u.test(name)) return "folders";
  return /file|\.jsonl?/u.test(name) ? "files" : "other";
};

const completableOf = ({ argChoices }: Option | Argument, name: string): Completable =>
  argChoices === undefined ? { kind: kindOf(name) } : { kind: "words", words: argChoices };

const flagOf = (option: Option): CompletionFlag => {
  const [, name] = /[<[]([^\]>]+)[\]>]/u.exec(option.flags) ?? [];
  return {
    name: option.long ?? option.flags,
    description: option.description,
    value: name === undefined ? undefined : completableOf(option, name),
  };
};

const help: CompletionFlag = { name: "--help", description: "display help for command", value: undefined };

/** The commands of a program, itself first, each with what may follow it. */
export const completionTree = (command: Command, words: readonly string[] = []): readonly CompletionNode[] => {
  const [argument] = command.registeredArguments;
  const node: CompletionNode = {
    path: words.join(" "),
    commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
    flags: [...command.options.filter(({ hidden }) => !hidden).map(flagOf), help],
    value: argument === undefined ? { kind: "other" } : completableOf(argument, argument.name()),
  };
  return [node, ...command.commands.flatMap((child) => completionTree(child, [...words, child.name()]))];
};
