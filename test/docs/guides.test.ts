import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { type Command, CommanderError } from "commander";
import { describe, expect, test } from "vitest";

import { createProgram } from "../../lib/cli/program.ts";
import { parseFleet } from "../../lib/domain/fleet.ts";

const root = join(import.meta.dirname, "../..");
const pages = ["README.md", ...globSync("docs/**/*.md", { cwd: root })].toSorted();
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Lines of shell blocks, and code within sentences and tables, that call the command line. */
const commandLines = (text: string): readonly string[] => {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gmu)].flatMap(([, block = ""]) => block.split("\n"));
  const inline = [...text.replaceAll(/^ *```[\s\S]*?^ *```/gmu, "").matchAll(/`([^`\n]+)`/gu)].map(
    ([, code = ""]) => code,
  );
  return [...blocks, ...inline].filter((line) => /npm start (--silent )?-- \S/u.test(line));
};

/** The words after `npm start --`, as the shell would give them; `[--seed N]` of a synopsis counts as given, N as a number. */
const argumentsOf = (line: string): readonly string[] => {
  const [, command = ""] = line.split(/npm start (?:--silent )?-- /u);
  const words = command.match(/"[^"]*"|'[^']*'|[^\s"']+/gu) ?? [];
  const end = words.findIndex((word) => /^(>|\||&&|#)/u.test(word));
  return words
    .slice(0, end === -1 ? words.length : end)
    .map((word) => word.replaceAll(/^["'[]|["'\]]$/gu, "").replace(/^N$/u, "18"));
};

/** The program with commands that parse and do nothing. */
const idleProgram = (): Command => {
  const silence = (command: Command): void => {
    command.configureOutput({ outputError: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    for (const inner of command.commands) silence(inner);
  };
  const program = createProgram(new AbortController().signal);
  silence(program);
  return program;
};

const refusalOf = async (line: string): Promise<string | null> => {
  try {
    await idleProgram().parseAsync([...argumentsOf(line)], { from: "user" });
    return null;
  } catch (error) {
    // One word alone names a command instead of calling it.
    const isName = argumentsOf(line).length === 1;
    if (isName && error instanceof CommanderError && error.code === "commander.missingArgument") return null;
    return `${line}: ${(error as Error).message}`;
  }
};

const withoutCode = (text: string): string =>
  text.replaceAll(/^ *```[\s\S]*?^ *```/gmu, "").replaceAll(/`[^`\n]*`/gu, (code) => code.replaceAll(/[[\]()]/gu, ""));

const linksOf = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/gu)]
    .map(([, markdown, html]) => markdown ?? html ?? "")
    .filter((link) => !/^[a-z]+:/u.test(link));

/** The anchors that GitHub gives a page's headings. */
const anchorsOf = (text: string): ReadonlySet<string> => {
  const seen = new Map<string, number>();
  const headings = text.replaceAll(/^ *```[\s\S]*?^ *```/gmu, "").matchAll(/^#+ (.*)$/gmu);
  return new Set(
    [...headings].map(([, heading = ""]) => {
      const plain = heading
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
        .trim()
        .toLowerCase();
      const slug = plain.replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
      const count = seen.get(slug) ?? 0;
      seen.set(slug, count + 1);
      return count === 0 ? slug : `${slug}-${count}`;
    }),
  );
};

const isBroken = (page: string, link: string): boolean => {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), decodeURIComponent(path));
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchorsOf(read(target)).has(anchor);
};

describe("the documentation", () => {
  test.each(pages)("of %s links to files and headings that exist", (page) => {
    expect(linksOf(read(page)).filter((link) => isBroken(page, link))).toEqual([]);
  });

  test.each(pages)("of %s names commands and flags that exist", async (page) => {
    const refusals = await Promise.all(commandLines(read(page)).map(refusalOf));
    expect(refusals.filter((refusal) => refusal !== null)).toEqual([]);
  });

  test("a command that does not exist, and a link that leads nowhere, would be found", async () => {
    const commands = commandLines("```sh\nnpm start -- run x.jsonl --wavs 3 # more\n```\n`npm start -- fly N`");
    expect(await Promise.all(commands.map(refusalOf))).toEqual([
      expect.stringContaining("unknown option"),
      expect.stringContaining("unknown command"),
    ]);
    const links = linksOf("[a](docs/none.md) [b](README.md#none) [c](https://example.com) [d](README.md#two-commands)");
    expect(links.map((link) => isBroken("README.md", link))).toEqual([true, true, false]);
  });

  test("names example fleets that can be used", () => {
    const fleets = globSync("examples/agents/*-fleet.json", { cwd: root });
    expect(fleets.map((file) => parseFleet(read(file), file).agents.length)).not.toContain(0);
    expect(fleets.length).toBeGreaterThan(0);
  });
});
