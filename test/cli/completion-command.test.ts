import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { completionTree } from "../../lib/cli/completion-tree.ts";
import { captureStdout, createWholeProgram } from "./whole-program.ts";

const has = (shell: string): boolean => {
  try {
    execFileSync(shell, ["-c", "exit 0"]);
    return true;
  } catch {
    return false;
  }
};

const printScript = (shell: string): Promise<string> =>
  captureStdout(() => createWholeProgram().parseAsync(["completion", shell], { from: "user" }));

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "phase21-completion-"));
  for (const id of ["tasks-1", "tasks-2", "other-1", "$(touch owned)"])
    mkdirSync(join(folder, "out", id), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What bash offers for a command line, whose last word is being typed. */
const offers = async (...words: readonly string[]): Promise<readonly string[]> => {
  writeFileSync(join(folder, "script.sh"), await printScript("bash"));
  const program = `source ./script.sh; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _phase21; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["--norc", "-c", program, "bash", "phase21", ...words], {
    cwd: folder,
    encoding: "utf8",
  });
  return text.split("\n").filter((line) => line !== "");
};

describe.skipIf(!has("bash"))("bash", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ["commands", ["red"], ["redrive"]],
    ["sub-commands", ["agents", "o"], ["online", "offline"]],
    ["flags", ["run", "--s"], ["--schedule", "--strategy", "--seed", "--stack"]],
    ["flags of sub-commands, also behind others", ["signals", "pull", "--phase", "18", "--k"], ["--keep"]],
    ["the choices of a flag", ["run", "tasks.jsonl", "--strategy", "P"], ["PRIORITY_BASED"]],
    ["the ids of runs", ["pause", "tasks-"], ["tasks-1", "tasks-2"]],
    ["the choices of an argument", ["completion", ""], ["bash", "zsh", "fish"]],
    ["nothing of its own where a file is due", ["run", "--agents", "a"], []],
  ])("completes %s", async (_, words, expected) => {
    expect(await offers(...words)).toEqual(expected);
  });

  test("neither offers nor runs the name of a folder that is no id", async () => {
    expect(await offers("pause", "")).toEqual(["other-1", "tasks-1", "tasks-2"]);
    expect(execFileSync("ls", { cwd: folder, encoding: "utf8" })).not.toContain("owned");
  });
});

test.each(["bash", "zsh", "fish"])("the script for %s is one that it can read", async (shell) => {
  const script = await printScript(shell);
  expect(script).toContain("phase21");
  const path = join(folder, `script.${shell}`);
  writeFileSync(path, script);
  if (has(shell)) execFileSync(shell, ["-n", path]);
});

test("every command has its place in the tree", () => {
  expect(completionTree(createWholeProgram()).map(({ path }) => path)).toEqual(
    expect.arrayContaining(["", "run", "agents", "agents list", "signals pull", "completion"]),
  );
});

test("values are told by what stands for them", () => {
  const run = completionTree(createWholeProgram()).find(({ path }) => path === "run");
  const kinds = Object.fromEntries(run?.flags.map(({ name, value }) => [name, value?.kind]) ?? []);
  expect(kinds).toMatchObject({ "--agents": "files", "--out": "folders", "--strategy": "words", "--seed": "other" });
  expect(kinds["--json"]).toBeUndefined();
  expect(run?.value).toEqual({ kind: "files" });
});

test("a shell that is not known is refused", async () => {
  const refused = createWholeProgram().parseAsync(["completion", "ksh"], { from: "user" });
  await expect(refused).rejects.toThrow(/bash, zsh, fish/u);
});
