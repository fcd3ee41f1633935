import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { DryRun } from "../../lib/cli/dry-run.ts";
import { main } from "../../lib/cli/main.ts";
import { jsonLines, runToEnd, withStack } from "../e2e/run.ts";
import { captureOutput, type CapturedOutput } from "./captured-output.ts";

const home = process.cwd();
let folder: string;
let output: CapturedOutput;

const phase21 = (...args: readonly string[]): Promise<number> => main(args, new AbortController().signal);

const dryRun = async (...args: readonly string[]): Promise<DryRun> => {
  expect(await phase21("run", ...args, "--dry-run", "--json")).toBe(0);
  return JSON.parse(output.printed) as DryRun;
};

const agents = {
  agents: [
    { id: "large", capacity: 20, capabilities: ["code"] },
    { id: "small", capacity: 5, capabilities: ["code"] },
    { id: "writer", capacity: 10, capabilities: ["docs"] },
  ].map((agent) => ({ ...agent, endpoint: { kind: "simulated", transient_rate: 0 } })),
};

const tasks = Array.from({ length: 60 }, (_, index) => ({
  task_id: `t${index}`,
  success_rate: 1,
  estimated_duration_ms: 100 + 10 * index,
  capabilities: [index % 3 === 0 ? "docs" : "code"],
  depends_on: index === 59 ? ["t58"] : [],
}));

const schedule = [{ task_id: "t1", agent_id: "small" }];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-dry-"));
  process.chdir(folder);
  await writeFile("agents.json", JSON.stringify(agents));
  await writeFile("tasks.jsonl", jsonLines(tasks));
  await writeFile("schedule.jsonl", jsonLines(schedule));
  await writeFile(
    "odd.jsonl",
    `${jsonLines([{ task_id: "a" }, { task_id: "b", depends_on: ["gone"] }, { task_id: "c", capabilities: ["law"] }])}{"task_id":\n`,
  );
  await writeFile("strict.json", JSON.stringify({ strict: true }));
  await writeFile("empty.jsonl", "");
  await writeFile("side-by-side.json", JSON.stringify({ wave_concurrency: 3 }));
});

beforeEach(() => {
  output = captureOutput();
  return output.release;
});

afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

test("a dry run deals the tasks out as the run then does, and foresees its health where nothing is left to chance", async () => {
  const files = ["--agents", "agents.json", "--schedule", "schedule.jsonl", "--waves", "3"];
  const dry = await dryRun("tasks.jsonl", ...files);
  const run = await withStack(0.001, (stack) =>
    runToEnd(stack, {
      predictions: jsonLines(tasks),
      schedule: jsonLines(schedule),
      agents,
      config: { num_waves: 3 },
    }),
  );
  expect(dry.waves.map(({ wave, tasks: size }) => [wave, size])).toEqual(
    run.health.waves.map(({ wave, tasks: size }) => [wave, size]),
  );
  const ofRun = dry.agents.map(({ agent_id }) => ({
    agent_id,
    tasks_by_wave: dry.waves.map(
      ({ wave }) => run.records.filter((record) => record.agent_id === agent_id && record.wave === wave).length,
    ),
  }));
  expect(dry.agents.map(({ agent_id, tasks_by_wave }) => ({ agent_id, tasks_by_wave }))).toEqual(ofRun);
  expect(dry.expected.health?.score).toBe(run.health.health_score);
}, 60_000);

test("a dry run starts nothing and writes nothing", async () => {
  const before = await readdir(folder);
  await dryRun("tasks.jsonl");
  expect(await readdir(folder)).toEqual(before);
});

describe("a dry run says", () => {
  test("which lines are rejected, which tasks can never run, and which no agent may take", async () => {
    const { lines, set_aside, unassigned } = await dryRun("odd.jsonl", "--agents", "agents.json");
    expect(lines).toMatchObject({ accepted: 3, rejected: 1 });
    expect(lines.first_rejected[0]).toMatchObject({ file: "odd.jsonl", line: 4 });
    expect(set_aside).toMatchObject({ tasks: 1, by_reason: { unknown_dependency: 1 } });
    expect(set_aside.examples[0]).toMatchObject({ task_id: "b", reason: "unknown_dependency" });
    expect(unassigned).toMatchObject({ tasks: 1, examples: [{ task_id: "c" }] });
  });

  test("all of it to a person, too", async () => {
    expect(await phase21("run", "odd.jsonl", "--agents", "agents.json", "--dry-run", "--waves", "1")).toBe(0);
    expect(output.said).toContain("warning: num_waves");
    for (const line of [
      /^Lines +3 accepted, 1 rejected$/mu,
      /^Set aside +1 task that can never run: unknown_dependency 1$/mu,
      /^Unassigned +1 task that no agent may take$/mu,
      /^Waves +1 wave, one after the other$/mu,
      /^Agents +3 agents of fleet default$/mu,
      /^Success +\d+\.\d % of all tasks expected to complete/mu,
      /^Health +\d+\.\d\d \w+ expected$/mu,
      /^Duration +about .* on AWS/mu,
      /^Cost +\$0\.\d{4} by list prices/mu,
    ]) {
      expect(output.printed).toMatch(line);
    }
  });

  test("that there is nothing to do where there are no tasks", async () => {
    expect(await phase21("run", "empty.jsonl", "--dry-run")).toBe(0);
    expect(output.printed).toMatch(/^Waves +none$/mu);
    expect(output.printed).not.toMatch(/^(?:Success|Health|Duration|Warning)/mu);
  });

  test("what it leaves out of the cost of agents with a rate limit", async () => {
    await writeFile("limited.json", JSON.stringify({ agents: [{ id: "a", rate_limit_per_second: 1 }, { id: "b" }] }));
    await writeFile("two.jsonl", jsonLines([{ task_id: "a" }, { task_id: "b" }]));
    await phase21("run", "two.jsonl", "--dry-run", "--agents", "limited.json", "--waves", "1");
    expect(output.printed).toMatch(/^Warning +1 attempt on agents with a rate limit: .* is not in the cost$/mu);
  });

  test("which waves may run side by side", async () => {
    expect(await phase21("run", "tasks.jsonl", "--dry-run", "--config", "side-by-side.json")).toBe(0);
    expect(output.printed).toMatch(/^Waves +\d waves in \d groups of waves that may run side by side$/mu);
  });

  test("how many waves and agents it leaves out", async () => {
    await writeFile("many.json", JSON.stringify({ agents: Array.from({ length: 25 }, (_, n) => ({ id: `a${n}` })) }));
    await writeFile("plain.jsonl", jsonLines(Array.from({ length: 30 }, (_, n) => ({ task_id: `t${n}` }))));
    await phase21("run", "plain.jsonl", "--dry-run", "--agents", "many.json", "--waves", "30");
    expect(output.printed).toContain("and 10 more, all of them with --json");
    expect(output.printed).toContain("and 5 more, all of them with --json");
  });
});

test("agents that their owner took out of service get nothing", async () => {
  await writeFile("fleet.json", JSON.stringify({ fleet: agents, offline: [{ id: "small", reason: "a test" }] }));
  const { agents: forecast } = await dryRun("tasks.jsonl", "--data", ".");
  expect(forecast.map(({ agent_id, online, tasks: count }) => [agent_id, online, count > 0])).toEqual([
    ["large", true, true],
    ["small", false, false],
    ["writer", true, true],
  ]);
  expect(await phase21("run", "tasks.jsonl", "--data", ".", "--dry-run")).toBe(0);
  expect(output.printed).toMatch(/small +0 +0 +offline/u);
});

describe("a dry run refuses what the run would refuse:", () => {
  test.each([
    ["missing.jsonl", "missing.jsonl: expected a file that can be read, but it does not exist", 2],
    ["tasks.jsonl --schedule missing", "missing: expected a file that can be read, but it does not exist", 2],
    ["tasks.jsonl --max-retries 9", "--max-retries", 2],
    ["tasks.jsonl --out elsewhere", "option '--dry-run' cannot be used with option '--out <folder>'", 2],
    ["odd.jsonl --config strict.json", "strict: expected no bad line, 1 rejected: odd.jsonl line 4", 1],
  ])("%s", async (line, message, code) => {
    expect(await phase21("run", ...line.split(" "), "--dry-run")).toBe(code);
    expect(output.said).toContain(message);
  });
});
