import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { main } from "../../lib/cli/main.ts";
import type { AssumedPlan } from "../../lib/cli/plan-command.ts";
import { captureOutput, type CapturedOutput } from "./captured-output.ts";

let folder: string;
let output: CapturedOutput;

const plan = (line: string): Promise<number> => main(["plan", ...line.split(" ")], new AbortController().signal);

const planned = async (line: string): Promise<AssumedPlan> => {
  expect(await plan(`${line} --json`)).toBe(0);
  return JSON.parse(output.printed) as AssumedPlan;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-plan-"));
});

beforeEach(() => {
  output = captureOutput();
  return output.release;
});

afterAll(() => rm(folder, { recursive: true }));

describe("plan says", () => {
  test("what bounds a run, how long it takes, what it costs, and what to raise first", async () => {
    expect(await plan("--tasks 1000000 --agents 100")).toBe(0);
    for (const line of [
      /^Tasks +1,000,000 tasks in a run of 4 waves of at most 250,000 tasks$/mu,
      /^Assumed +100 agents of capacity 10, 0\.1 s an attempt, 8\.0 % of attempts made again$/mu,
      /^Duration +about .* a run/mu,
      /^Bound by +children: \d+ tasks\/s$/mu,
      /^Raise first +dispatch_concurrency in config\.json/mu,
      /^Cost +\$0\.\d+ by list prices/mu,
    ]) {
      expect(output.printed).toMatch(line);
    }
  });

  test("how many runs more than a million tasks are, and how long all of them take", async () => {
    expect(await plan("--tasks 1000000000 --attempt-seconds 10 --retried 0")).toBe(0);
    expect(output.printed).toMatch(
      /^Tasks +1,000,000,000 tasks in 1,000 runs of at most 1,000,000 tasks, each in 4 waves/mu,
    );
    expect(output.printed).toMatch(
      /about [\d,.]+ days for all runs one after the other, at best [\d,.]+ days side by side/u,
    );
  });

  test("several sizes in a table, or in a list of plans", async () => {
    expect(await plan("--tasks 1000 2000000")).toBe(0);
    expect(output.printed.trimEnd().split("\n")).toHaveLength(3);
    expect(output.printed).toMatch(/^2,000,000 +2 +4 +children .* \$\d\.\d\d$/mu);
    output.printed = "";
    expect(await planned("--tasks 1000 2000000")).toMatchObject([{ runs: 1 }, { runs: 2 }]);
  });

  test("whom the run would overload, because nothing holds it to what agents carry", async () => {
    await plan("--tasks 1000 --agents 1 --capacity 1");
    expect(output.printed).toMatch(
      /agent_capacity: 1 agents that carry 1 tasks at a time together, fewer than will be asked/u,
    );
  });

  test("nothing of a bound that does not bound", async () => {
    await plan("--tasks 1000 --retried 0");
    expect(output.printed).not.toContain("rate_limits");
    expect(output.printed).not.toContain("Infinity");
    output.printed = "";
    expect(await plan("--tasks 1000 --retried 0 --json")).toBe(0);
    expect(output.printed).not.toContain("null");
  });

  test("a capacity and a time as they were given", async () => {
    await plan("--tasks 1000 --agents 3 --capacity 0.1 --attempt-seconds 0.25");
    expect(output.printed).toMatch(/^Assumed +3 agents of capacity 0\.1, 0\.25 s an attempt/mu);
  });

  test("more time and money the more attempts fail, also where the run retries nothing in a pass", async () => {
    const file = join(folder, "no-retry.json");
    await writeFile(file, JSON.stringify({ retry_strategy: "NO_RETRY" }));
    const smooth = await planned(`--tasks 1000000 --retried 0 --config ${file}`);
    output.printed = "";
    const failing = await planned(`--tasks 1000000 --retried 0.5 --config ${file}`);
    expect(failing.usage.lambdaRequests / smooth.usage.lambdaRequests).toBeCloseTo(1.5, 3);
    expect(failing.run.dispatch_seconds / smooth.run.dispatch_seconds).toBeCloseTo(1.5, 1);
  });
});

test("longer attempts take and cost more", async () => {
  const [quick, slow] = [
    await planned("--tasks 5000"),
    ((output.printed = ""), await planned("--tasks 5000 --attempt-seconds 5")),
  ];
  expect(slow.seconds).toBeGreaterThan(quick.seconds);
  expect(slow.bill.usd).toBeGreaterThan(quick.bill.usd);
});

test("the configuration of the runs counts", async () => {
  const file = join(folder, "config.json");
  await writeFile(
    file,
    JSON.stringify({ num_waves: 7, max_retries: 1, feedback: { phase_18: false, phase_20: false } }),
  );
  const { waves_per_run, assumed, usage } = await planned(`--tasks 5000 --config ${file}`);
  expect(waves_per_run).toBe(7);
  expect(assumed.config.max_retries).toBe(1);
  expect(usage.sqsRequests).toBe(0);
});

describe("plan refuses", () => {
  test.each([
    ["--tasks 0", 'expected a whole number from 1, received "0"'],
    ["--tasks 1000000001", 'expected a whole number from 1 to 1000000000, received "1000000001"'],
    ["--tasks 5 --retried 2", 'expected a number from 0 to 1, received "2"'],
    ["--tasks 5 --capacity x", 'expected a number from 0.001 to 1000000, received "x"'],
    ["--tasks 5 --attempt-seconds 60", "--attempt-seconds: expected at most task_timeout_seconds"],
    ["--tasks 5 --config missing.json", "missing.json: expected a file that can be read"],
    ["--agents 5", "required option '--tasks <n...>' not specified"],
  ])("%s", async (line, message) => {
    expect(await plan(line)).toBe(2);
    expect(output.said).toContain(message);
  });
});
