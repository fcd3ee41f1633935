import type { Command } from "commander";
import { describe, expect, test } from "vitest";

import { helpExamples } from "../../lib/cli/help-examples.ts";
import { createWholeProgram } from "./whole-program.ts";

/** The words of a shell's command line, of which the examples use quotes and redirections. */
const wordsOf = (line: string): readonly string[] =>
  (line.replace(/ >>? .*$/u, "").match(/"[^"]*"|\S+/gu) ?? []).map((word) => word.replaceAll('"', ""));

const pathsOf = (command: Command, words: readonly string[] = []): readonly string[] => [
  words.join(" "),
  ...command.commands.flatMap((child) => pathsOf(child, [...words, child.name()])),
];

const disarm = (command: Command): Command => {
  if (command.commands.length === 0) command.action(() => {});
  command.commands.forEach(disarm);
  return command;
};

const paths = pathsOf(createWholeProgram());

test.each(paths)('"%s" has examples in its help', (path) => {
  expect(Object.keys(helpExamples)).toContain(path);
});

const lines = Object.entries(helpExamples)
  .filter(([path]) => paths.includes(path))
  .flatMap(([path, examples]) => examples.map(({ line }) => [line, path] as const));

describe("an example", () => {
  test.each(lines.filter(([line]) => !line.startsWith("help ")))(
    "is a command line that is taken: %s",
    async (line, path) => {
      const program = disarm(createWholeProgram());
      await expect(program.parseAsync([...wordsOf(line)], { from: "user" })).resolves.toBeDefined();
      expect(line.startsWith(path)).toBe(true);
    },
  );

  test("of a command stands in its help", async () => {
    const program = createWholeProgram();
    let help = "";
    const run = program.commands.find((command) => command.name() === "run");
    run?.configureOutput({ writeOut: (text) => (help += text) });
    await expect(program.parseAsync(["run", "--help"], { from: "user" })).rejects.toThrow("(outputHelp)");
    expect(help).toMatch(/\nExamples:\n {2}npm start -- run examples\/predictions\.jsonl\n {6}/u);
  });
});

describe("a word that is not known is answered with the one that was probably meant", () => {
  test.each([
    [["rnu"], "Did you mean run?"],
    [["agents", "lst"], "Did you mean list?"],
    [["run", "a.jsonl", "--strategyy", "x"], "Did you mean --strategy?"],
    [["agents", "list", "--fleat", "x"], "Did you mean --fleet?"],
    [["run", "a.jsonl", "--strategy", "load_balanced"], "Did you mean LOAD_BALANCED?"],
    [["completion", "bsh"], "Did you mean bash?"],
  ])("%j", async (words, suggestion) => {
    await expect(createWholeProgram().parseAsync(words, { from: "user" })).rejects.toThrow(suggestion);
  });

  test("but not where nothing is close", async () => {
    const refused = createWholeProgram().parseAsync(["run", "a.jsonl", "--strategy", "fastest"], { from: "user" });
    await expect(refused).rejects.toThrow(/Allowed choices are LOAD_BALANCED, [^?]*\.$/u);
  });
});
