import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { main } from "../../lib/cli/main.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { jsonLines } from "./run.ts";

const cli = join(import.meta.dirname, "../../bin/phase21.mjs");
const home = process.cwd();
let folder: string;
let said = "";

/** Runs a command line in this process, in the test's folder; what it says is added to `said`. */
const phase21 = (...args: readonly string[]): Promise<number> => main(args, new AbortController().signal);

/** Runs a command line and gives its code with what was said meanwhile. */
const ask = async (...args: readonly string[]) => {
  const before = said.length;
  const code = await phase21(...args);
  return { code, says: said.slice(before) };
};

const recordsOf = async (out: string): Promise<readonly TaskRecord[]> =>
  (await readFile(join(out, "results.jsonl"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as TaskRecord);

const saying = (text: string | RegExp) =>
  vi.waitFor(() => expect(said).toMatch(text), { timeout: 20_000, interval: 20 });
const runIdOf = () => /^run (\S+):/mu.exec(said)?.[1] ?? "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-levers-"));
  process.chdir(folder);
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    });
  }
  const slow = { kind: "simulated", latency_ms: 400, transient_rate: 0 };
  await writeFile("slow.json", JSON.stringify({ agents: ["north", "south"].map((id) => ({ id, endpoint: slow })) }));
  const chain = Array.from({ length: 6 }, (_, n) => ({
    task_id: `t${n}`,
    success_rate: 1,
    ...(n > 0 && { depends_on: [`t${n - 1}`] }),
  }));
  await writeFile("chain.jsonl", jsonLines(chain));
});

afterEach(() => {
  said = "";
});

afterAll(() => {
  vi.restoreAllMocks();
  process.chdir(home);
});

describe("a run that is under way", { timeout: 60_000 }, () => {
  test("is paused, goes on and completes, by commands of the same folder", async () => {
    const run = phase21("run", "chain.jsonl", "--agents", "slow.json", "--out", "paused");
    await saying(/6 tasks in 6 waves/u);
    const id = runIdOf();
    expect(await ask("pause", id)).toMatchObject({
      code: 0,
      says: expect.stringMatching(/pauses: .*npm start -- resume/u),
    });
    await saying("  paused: ");
    expect(await ask("resume", id)).toMatchObject({ code: 0, says: expect.stringContaining(`run ${id} goes on`) });
    expect(await run).toBe(0);
    expect(said).toContain("  goes on");
    expect((await recordsOf("paused")).map(({ status }) => status)).toEqual(Array(6).fill("COMPLETED"));
    expect(await readdir(join(".phase21", "clouds"))).toEqual([]);
    expect(await ask("pause", id)).toEqual({
      code: 2,
      says: `error: run ${id}: no run of that id is under way in this folder; with --data the folder of its cloud can be named\n`,
    });
  });

  test("is cancelled, and then neither paused nor resumed; what did not run is redriven, what completed is not", async () => {
    const run = phase21("run", "chain.jsonl", "--agents", "slow.json", "--seed", "9", "--out", "cancelled");
    await saying("wave 1: ");
    const id = runIdOf();
    expect(await ask("cancel", id)).toMatchObject({ code: 0, says: expect.stringContaining("is cancelled") });
    expect(await ask("resume", id)).toMatchObject({ code: 2, says: expect.stringContaining("but it was cancelled") });
    expect(await run).toBe(0);
    const before = await recordsOf("cancelled");
    const skipped = before.filter(({ status }) => status === "SKIPPED").map(({ task_id }) => task_id);
    expect(skipped.length).toBeGreaterThan(0);

    const files = ["--predictions", "chain.jsonl", "--results", join("cancelled", "results.jsonl")];
    expect(await phase21("redrive", id, ...files, "--out", "redriven")).toBe(0);
    const again = await recordsOf("redriven");
    expect(again.map(({ task_id }) => task_id).toSorted()).toEqual(skipped.toSorted());
    expect(again.every(({ status }) => status === "COMPLETED")).toBe(true);

    const done = ["--predictions", "chain.jsonl", "--results", join("redriven", "results.jsonl")];
    expect(await ask("redrive", id, ...done)).toEqual({ code: 0, says: `run ${id}: no task to redrive\n` });
  });

  test("gives a drained agent no new tasks until it is back", async () => {
    const run = phase21("run", "chain.jsonl", "--agents", "slow.json", "--seed", "5", "--out", "drained");
    await saying(/6 tasks in 6 waves/u);
    expect(await ask("drain", "south")).toMatchObject({
      code: 0,
      says: expect.stringMatching(/south +OFFLINE[\s\S]*no new tasks/u),
    });
    expect(await ask("agents", "online", "south")).toMatchObject({
      says: expect.stringMatching(/south +(IDLE|BUSY)/u),
    });
    expect(await ask("drain", "west")).toMatchObject({ code: 2, says: expect.stringContaining("north, south") });
    expect(await ask("drain", "south")).toMatchObject({ code: 0 });
    expect(await run).toBe(0);
    expect((await recordsOf("drained")).at(-1)?.agent_id).toBe("north");
  });
});

test.runIf(existsSync("/dev/full"))(
  "a disk that is full when the files are written gives one line and code 1",
  { timeout: 60_000 },
  async () => {
    const run = phase21("run", "chain.jsonl", "--agents", "slow.json", "--seed", "3", "--out", "full");
    await saying(/6 tasks in 6 waves/u);
    await symlink("/dev/full", join("full", "results.jsonl"));
    expect(await run).toBe(1);
    expect(said.trimEnd().split("\n").at(-1)).toMatch(
      /^error: full: expected to write the files of run \S+, received ENOSPC/u,
    );
  },
);

describe("a data folder", { timeout: 90_000 }, () => {
  test("goes on with a run whose process was killed, knows it afterwards, and redrives from what it holds", async () => {
    const args = ["run", "chain.jsonl", "--agents", "slow.json", "--data", "data", "--seed", "7"];
    const child = spawn(process.execPath, [cli, ...args], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await saying("wave 1: ");
    child.kill("SIGKILL");
    await once(child, "exit");
    const id = runIdOf();

    expect(await ask("pause", id, "--data", "data")).toMatchObject({
      code: 2,
      says: expect.stringContaining("resume --data data"),
    });
    expect(await phase21("resume", "--data", "data")).toBe(0);
    const records = await recordsOf(join("out", id));
    expect(records.map(({ task_id }) => task_id).toSorted()).toEqual(["t0", "t1", "t2", "t3", "t4", "t5"]);
    expect(await ask("resume", "--data", "data")).toMatchObject({
      code: 0,
      says: expect.stringContaining("no run of data is unfinished"),
    });
    expect(await ask("resume", "other", "--data", "data")).toMatchObject({
      code: 2,
      says: expect.stringContaining("there is none"),
    });
    expect(await ask(...args)).toMatchObject({ code: 0, says: expect.stringContaining("it is not run again") });
    expect(await ask("redrive", id, "--data", "data")).toMatchObject({
      code: 0,
      says: expect.stringContaining("no task to redrive"),
    });
    expect(await ask("redrive", "other", "--data", "data")).toMatchObject({
      code: 2,
      says: expect.stringContaining("expected a run that the data folder knows"),
    });
    expect(await ask("drain", "south", "--data", "data")).toMatchObject({ code: 0 });
    expect(await ask("agents", "list", "--data", "data")).toMatchObject({
      says: expect.stringMatching(/south +OFFLINE/u),
    });
  });
});

test.each([
  {
    name: "a wrong reason",
    args: ["redrive", "r", "--reason", "late"],
    says: /--reason late: expected one of .*timed_out/u,
  },
  {
    name: "a redrive without the predictions",
    args: ["redrive", "r"],
    says: /expected --data .* or its --predictions/u,
  },
  { name: "a resume of nothing", args: ["resume"], says: /resume: expected the id of a run, or --data/u },
  {
    name: "a data folder that is not there",
    args: ["resume", "--data", "none"],
    says: /--data none: expected .* does not exist/u,
  },
])("$name is refused with code 2 and one line", async ({ args, says }) => {
  const answer = await ask(...args);
  expect(answer.code).toBe(2);
  expect(answer.says).toMatch(says);
  expect(answer.says.trimEnd()).not.toContain("\n");
});
