import type { Completable, CompletionNode } from "./completion-tree.ts";

const childPaths = ({ path, commands }: CompletionNode): readonly string[] =>
  commands.map(({ name }) => `      "${path} ${name}") at="${`${path} ${name}`.trim()}" ;;`);

const complete = (value: Completable): string => {
  switch (value.kind) {
    case "words":
      return `COMPREPLY=($(compgen -W "${value.words.join(" ")}" -- "$cur"))`;
    case "runs":
      return "_phase21_runs";
    case "files":
    case "folders":
    case "other":
      return ":";
  }
};

const flagValues = ({ path, flags }: CompletionNode): readonly string[] =>
  flags.flatMap(({ name, value }) =>
    value === undefined ? [] : [`    "${path} ${name}") ${complete(value)}; return ;;`],
  );

const nodeCase = ({ path, commands, flags, value }: CompletionNode): string => {
  const names = commands.map(({ name }) => name);
  const words = names.length > 0 ? complete({ kind: "words", words: names }) : complete(value);
  return [
    `    "${path}")`,
    `      if [[ $cur == -* ]]; then ${complete({ kind: "words", words: flags.map(({ name }) => name) })}; else ${words}; fi ;;`,
  ].join("\n");
};

/** A script for bash, from 3.2 on, that completes `phase21`; where it offers nothing, bash offers files. */
export const bashCompletion = (nodes: readonly CompletionNode[]): string => `_phase21_runs() {
  local folder id
  for folder in out/*/; do
    id=\${folder#out/}
    id=\${id%/}
    [[ $id == "$cur"* && $id =~ ^[A-Za-z0-9._-]+$ ]] && COMPREPLY+=("$id")
  done
}
_phase21() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} at="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$at \${COMP_WORDS[i]}" in
${nodes.flatMap(childPaths).join("\n")}
    esac
  done
  case "$at $prev" in
${nodes.flatMap(flagValues).join("\n")}
  esac
  case "$at" in
${nodes.map(nodeCase).join("\n")}
  esac
}
complete -o default -F _phase21 phase21
`;
