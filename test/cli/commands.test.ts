import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { main } from "../../lib/cli/main.ts";
import { captureOutput, type CapturedOutput } from "./captured-output.ts";

const home = process.cwd();
let folder: string;
let output: CapturedOutput;

/** Runs a command line in this process, in the tests' folder, and gives its exit code. */
const phase21 = (...args: readonly string[]): Promise<number> => main(args, new AbortController().signal);

const jsonLines = (...values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

const resultsOf = async (out: string): Promise<readonly { readonly task_id: string; readonly status: string }[]> => {
  const text = await readFile(join(out, "results.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { task_id: string; status: string });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-commands-"));
  process.chdir(folder);
  await mkdir("folder");
  await writeFile("tasks.jsonl", jsonLines({ task_id: "a", success_rate: 1 }, { task_id: "b", depends_on: ["gone"] }));
  await writeFile("plan.jsonl", jsonLines({ task_id: "a", priority: 1 }));
  await writeFile("config.json", JSON.stringify({ num_waves: 2 }));
  await writeFile(
    "agents.json",
    JSON.stringify({ agents: [{ id: "one", capabilities: [], capacity: 2, endpoint: { kind: "simulated" } }] }),
  );
});

beforeEach(() => {
  output = captureOutput();
  return output.release;
});

afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe("wrong usage is told in one line, with exit code 2", () => {
  test.each([
    ["run missing.jsonl", "missing.jsonl: expected a file that can be read, but it does not exist"],
    ["run folder", "folder: expected a file that can be read, but it is a folder"],
    ["run tasks.jsonl --schedule folder", "folder: expected a file that can be read, but it is a folder"],
    ["run tasks.jsonl --agents missing.json", "missing.json: expected a file that can be read"],
    ["run tasks.jsonl --out tasks.jsonl", "--out tasks.jsonl: expected a folder that can be written: EEXIST"],
    ["run tasks.jsonl --data tasks.jsonl", "--data tasks.jsonl: expected a folder that can be written: EEXIST"],
    ["run tasks.jsonl --time-scale 11", 'expected a number from 0 to 10, received "11"'],
    ["run tasks.jsonl --max-retries 9", "--max-retries"],
    ["generate --tasks 0", 'expected a whole number from 1, received "0"'],
    ["pause run-1", "run run-1: no run of that id is under way in this folder"],
    ["cancel run-1 --data folder", "run run-1: no run of that id is under way on --data folder"],
    ["resume", "resume: expected the id of a run, or --data with the folder of a cloud"],
    ["resume --data missing", "--data missing: expected the data folder of an earlier command, but it does not exist"],
    ["redrive run-1", "run run-1: expected --data with the folder of its cloud, or its --predictions"],
    ["redrive run-1 --reason sloth", "--reason sloth: expected one of"],
    ["redrive run-1 --predictions tasks.jsonl", "out/run-1/results.jsonl: expected a file that can be read"],
    ["fly", "unknown command"],
  ])("%s", async (line, message) => {
    expect(await phase21(...line.split(" "))).toBe(2);
    expect(output.shown).toContain(message);
    expect(output.shown.trim().split("\n")).toHaveLength(1);
  });
});

test("sample predictions are printed, a task a line", async () => {
  expect(await phase21("generate", "--tasks", "3", "--seed", "1")).toBe(0);
  expect(output.shown.trim().split("\n")).toHaveLength(3);
});

describe("on a data folder", { timeout: 60_000 }, () => {
  const data = ["--data", "kept"] as const;

  test("a run leaves its files, is not run again from the same inputs, and its lost tasks can be redriven", async () => {
    const run = ["run", "tasks.jsonl", ...data, "--schedule", "plan.jsonl", "--config", "config.json"];
    expect(await phase21(...run, "--agents", "agents.json", "--out", "first", "--json")).toBe(0);
    const ended = (await resultsOf("first")).map(({ task_id: id, status }) => `${id} ${status}`);
    expect(ended.toSorted()).toEqual(["a COMPLETED", "b BLOCKED"]);
    const [, runId = ""] = /run (\S+):/u.exec(output.shown) ?? [];

    expect(await phase21(...run, "--agents", "agents.json", "--out", "again")).toBe(0);
    expect(output.shown).toContain(`run ${runId} has ended before`);

    expect(await phase21("redrive", runId, ...data, "--out", "redriven")).toBe(0);
    expect((await resultsOf("redriven")).map(({ task_id: id }) => id)).toEqual(["b"]);

    const files = ["--predictions", "tasks.jsonl", "--results", "first/results.jsonl", "--config", "config.json"];
    expect(await phase21("redrive", runId, ...files, "--out", "from-files", "--reason", "timed_out")).toBe(0);
    expect(output.shown).toContain(`run ${runId}: no task to redrive`);

    expect(await phase21("redrive", "run-1", ...data)).toBe(2);
    expect(output.shown).toContain("run run-1: expected a run that the data folder knows");
    expect(await phase21("resume", ...data)).toBe(0);
    expect(output.shown).toContain("no run of kept is unfinished");
    expect(await phase21("resume", "run-1", ...data)).toBe(2);
    expect(output.shown).toContain("run run-1: expected an unfinished run of kept: there is none");
  });

  test("agents are put into a fleet, taken out of service and put back", async () => {
    expect(await phase21("agents", "apply", "agents.json", ...data)).toBe(0);
    expect(await phase21("drain", "one", ...data)).toBe(0);
    expect(output.shown).toMatch(/one +OFFLINE/u);
    expect(output.shown).toContain("back with: npm start -- agents online one --data kept");
    output.shown = "";
    expect(await phase21("agents", "online", "one", ...data)).toBe(0);
    expect(output.shown).toMatch(/one +IDLE/u);
    expect(await phase21("agents", "offline", "two", ...data)).toBe(2);
    expect(output.shown).toContain("agent two: expected one of the fleet: one");
  });
});

test("without a data folder the fleet is kept for the commands that follow", { timeout: 60_000 }, async () => {
  expect(await phase21("agents", "apply", "agents.json")).toBe(0);
  expect(await phase21("drain", "one")).toBe(0);
  output.shown = "";
  expect(await phase21("agents", "list")).toBe(0);
  expect(output.shown).toMatch(/one +OFFLINE/u);
});

test("a command that was interrupted says that the run did not finish", { timeout: 60_000 }, async () => {
  expect(await main(["run", "tasks.jsonl", "--quiet"], AbortSignal.abort())).toBe(1);
  expect(output.shown).toBe("interrupted: the run did not finish\n");
});

describe("while a run is under way", { timeout: 60_000 }, () => {
  /** Starts a slow run, and gives its id once it was planned. */
  const startRun = async (signal: AbortSignal, ...flags: readonly string[]) => {
    const endpoint = { kind: "simulated", latency_ms: 100 };
    const agents = [{ id: "slow", capabilities: [], capacity: 1, endpoint }];
    await writeFile("slow.json", JSON.stringify({ fleet: "slow", agents }));
    await writeFile("many.jsonl", jsonLines(...Array.from({ length: 40 }, (_, n) => ({ task_id: `t${n}` }))));
    const ended = main(
      ["run", "many.jsonl", "--agents", "slow.json", "--waves", "8", "--out", "live", ...flags],
      signal,
    );
    const runId = await vi.waitFor(() => {
      const [, id] = /run (\S+):/u.exec(output.shown) ?? [];
      if (id === undefined) throw new Error(`expected a planned run, received: ${output.shown}`);
      return id;
    }, 20_000);
    return { runId, ended };
  };

  test("it can be paused, let go on and cancelled, and its agents can be drained", async () => {
    const { runId, ended } = await startRun(new AbortController().signal);
    expect(await phase21("pause", runId)).toBe(0);
    expect(output.shown).toContain(`run ${runId} pauses`);
    expect(await phase21("resume", runId)).toBe(0);
    expect(await phase21("drain", "slow")).toBe(0);
    expect(await phase21("agents", "online", "slow")).toBe(0);
    expect(await phase21("agents", "offline", "nobody")).toBe(2);
    expect(output.shown).toContain("agent nobody: expected one of the fleet: ");
    expect(await phase21("cancel", runId)).toBe(0);
    expect(await phase21("resume", runId)).toBe(2);
    expect(output.shown).toContain(`run ${runId}: expected a run that is to go on, but it was cancelled`);
    expect(await ended).toBe(0);
    expect((await resultsOf("live")).some(({ status }) => status === "SKIPPED")).toBe(true);
  });

  test("an interrupt leaves it to a command that resumes it, and one about agents does not touch it", async () => {
    const interrupt = new AbortController();
    const { runId, ended } = await startRun(interrupt.signal, "--data", "live-data");
    interrupt.abort();
    expect(await ended).toBe(1);
    expect(output.shown).toContain("it goes on with: npm start -- resume --data live-data");
    const journal = join("live-data", "executions", `${runId}.jsonl`);
    const before = await readFile(journal, "utf8");
    expect(await phase21("agents", "list", "--data", "live-data")).toBe(0);
    expect(await readFile(journal, "utf8")).toBe(before);
    expect(await phase21("resume", "--data", "live-data", "--quiet")).toBe(0);
    expect(await resultsOf(join("out", runId))).toHaveLength(40);
  });
});

test("a run that failed says why in one line, with exit code 1", { timeout: 60_000 }, async () => {
  await writeFile("bad.jsonl", "no JSON\n");
  await writeFile("strict.json", JSON.stringify({ strict: true }));
  expect(await phase21("run", "bad.jsonl", "--config", "strict.json", "--out", "failed", "--quiet")).toBe(1);
  expect(output.shown).toMatch(/^error: run \S+: Phase21.InputRejected: [^\n]+\n$/u);
});
