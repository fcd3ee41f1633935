import type { Completable, CompletionNode } from "./completion-tree.ts";

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const childPaths = ({ path, commands }: CompletionNode): readonly string[] =>
  commands.map(({ name }) => `      ${quote(`${path} ${name}`)}) at=${quote(`${path} ${name}`.trim())} ;;`);

const complete = (value: Completable): string => {
  switch (value.kind) {
    case "words":
      return `compadd -- ${value.words.join(" ")}`;
    case "runs":
      return "compadd -- out/*(N/:t)";
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "other":
      return ":";
  }
};

const flagValues = ({ path, flags }: CompletionNode): readonly string[] =>
  flags.flatMap(({ name, value }) =>
    value === undefined ? [] : [`    ${quote(`${path} ${name}`)}) ${complete(value)}; return ;;`],
  );

/** `name:description`, as _describe takes them. */
const described = (all: readonly { readonly name: string; readonly description: string }[]): string =>
  all.map(({ name, description }) => quote(`${name}:${description}`)).join(" ");

const nodeCase = ({ path, commands, flags, value }: CompletionNode): string =>
  [
    `    ${quote(path)})`,
    `      offered=(${described(flags)})`,
    "      if [[ ${words[CURRENT]} == -* ]]; then _describe flag offered; return; fi",
    ...(commands.length > 0
      ? [`      offered=(${described(commands)})`, "      _describe command offered ;;"]
      : [`      ${complete(value)} ;;`]),
  ].join("\n");

/** A script for zsh that completes `phase21`, with the descriptions of commands and flags. */
export const zshCompletion = (nodes: readonly CompletionNode[]): string => `_phase21() {
  local at='' i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    case "$at \${words[i]}" in
${nodes.flatMap(childPaths).join("\n")}
    esac
  done
  case "$at \${words[CURRENT - 1]}" in
${nodes.flatMap(flagValues).join("\n")}
  esac
  case "$at" in
${nodes.map(nodeCase).join("\n")}
  esac
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _phase21 phase21
`;
