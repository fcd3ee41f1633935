import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";

import { addServe } from "../../lib/cli/serve-command.ts";

const home = process.cwd();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-serve-"));
  process.chdir(folder);
  await writeFile("tasks.jsonl", "{}\n");
});

afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

test.each([
  ["--standing tasks.jsonl", "expected --run-schedule and --standing together"],
  ["--run-schedule rate(1_day)", "expected --run-schedule and --standing together"],
  ["--standing tasks.jsonl --run-schedule daily", "--run-schedule: expected a schedule such as rate(5 minutes)"],
  ["--standing gone.jsonl --run-schedule rate(1_day)", "gone.jsonl: expected a file that can be read"],
  ["--agents gone.json", "gone.json: expected a file that can be read"],
  ["--inbox tasks.jsonl", "--inbox tasks.jsonl: expected a folder: EEXIST"],
])("serve %s is refused before a cloud is started", async (line, message) => {
  const program = new Command("phase21").exitOverride();
  addServe(program, AbortSignal.abort());
  const args = line.split(" ").map((word) => word.replace("_", " "));
  await expect(program.parseAsync(["serve", ...args], { from: "user" })).rejects.toMatchObject({
    name: "UsageError",
    message: expect.stringContaining(message) as string,
  });
});
