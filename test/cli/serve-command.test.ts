import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";

import { addServe } from "../../lib/cli/add-serve.ts";

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

test("serve --port is refused before a cloud is started where the port is taken", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const program = new Command("phase21").exitOverride();
  addServe(program, AbortSignal.abort());
  await expect(program.parseAsync(["serve", "--port", String(port)], { from: "user" })).rejects.toMatchObject({
    name: "UsageError",
    message: `--port ${port}: expected a port that can be listened on, but it is taken`,
  });
  taken.close();
});
