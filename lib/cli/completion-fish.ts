import type { Completable, CompletionFlag, CompletionNode } from "./completion-tree.ts";

const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** Arguments of `complete` for a value. */
const complete = (value: Completable): string => {
  switch (value.kind) {
    case "words":
      return `-x -a ${quote(value.words.join(" "))}`;
    case "runs":
      return "-x -a '(__phase21_runs)'";
    case "files":
      return "-r -F";
    case "folders":
      return "-x -a '(__fish_complete_directories)'";
    case "other":
      return "-x";
  }
};

const flagLine = (path: string, { name, description, value }: CompletionFlag): string =>
  [
    `complete -c phase21 -n "__phase21_at ${quote(path)}" -l ${name.replace(/^--/u, "")}`,
    ...(value === undefined ? [] : [complete(value)]),
    `-d ${quote(description)}`,
  ].join(" ");

const nodeLines = ({ path, commands, flags, value }: CompletionNode): readonly string[] => [
  ...commands.map(
    ({ name, description }) =>
      `complete -c phase21 -n "__phase21_at ${quote(path)}" -f -a ${quote(name)} -d ${quote(description)}`,
  ),
  ...(commands.length === 0 && value.kind !== "other"
    ? [`complete -c phase21 -n "__phase21_at ${quote(path)}" ${complete(value).replace("-r ", "")}`]
    : []),
  ...flags.map((flag) => flagLine(path, flag)),
];

/** A script for fish that completes `phase21`, with the descriptions of commands and flags. */
export const fishCompletion = (nodes: readonly CompletionNode[]): string => {
  const paths = nodes.filter(({ path }) => path !== "").map(({ path }) => quote(path));
  return `function __phase21_runs
    for folder in out/*/
        path basename $folder
    end
end
function __phase21_at
    set -l at ''
    for word in (commandline -opc)[2..]
        set -l longer (string trim "$at $word")
        contains -- $longer ${paths.join(" ")}; and set at $longer
    end
    test "$at" = "$argv[1]"
end
complete -c phase21 -f
${nodes.flatMap(nodeLines).join("\n")}
`;
};
