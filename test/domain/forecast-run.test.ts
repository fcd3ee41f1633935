import { describe, expect, test } from "vitest";

import type { AgentState } from "../../lib/domain/agent.ts";
import { parseRunConfig } from "../../lib/domain/config-file.ts";
import { parseFleet } from "../../lib/domain/fleet.ts";
import { forecastRun } from "../../lib/domain/forecast-run.ts";
import { planWaves } from "../../lib/domain/plan.ts";
import { parsePrediction } from "../../lib/domain/prediction.ts";

/** Three agents of which the last one is offline. */
const agentsOf = (faults: object, ofFirst: object = {}): readonly AgentState[] =>
  parseFleet(
    JSON.stringify({
      agents: ["a", "b", "c"].map((id) => ({
        id,
        endpoint: { kind: "simulated", transient_rate: 0, ...faults },
        ...(id === "a" && ofFirst),
      })),
    }),
  ).agents.map((agent) => ({
    ...agent,
    online: agent.id !== "c",
    completed_tasks: 0,
    failed_tasks: 0,
    current_load: 0,
  }));

const forecast = (lines: readonly object[], settings: object = {}, agents = agentsOf({})) => {
  const config = parseRunConfig(JSON.stringify(settings));
  const tasks = lines.map((line, index) => {
    const parsed = parsePrediction({ task_id: `t${index}`, success_rate: 0.9, ...line });
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.task;
  });
  const items = tasks.map(({ task_id, depends_on, resources }) => ({
    taskId: task_id,
    dependsOn: depends_on,
    resources,
  }));
  const plan = planWaves(items, {
    numWaves: config.num_waves,
    waveConcurrency: config.wave_concurrency,
    maxPasses: config.max_passes,
  });
  return forecastRun(
    { taskAt: (index) => tasks[index]!, weights: tasks.map(() => 1), plan, taskBytes: 300 },
    agents,
    config,
    0,
  );
};

const ten = Array.from({ length: 10 }, () => ({}));

describe("of a run is forecast", () => {
  test("what each wave holds, what it waits for, and who gets most of it", () => {
    const { waves } = forecast([{}, { depends_on: ["t0"] }, {}], { num_waves: 1 });
    expect(waves).toEqual([
      { wave: 1, tasks: 2, depends_on_waves: [], weight: 2, busiest: { agent_id: "a", tasks: 1, weight: 1 } },
      { wave: 2, tasks: 1, depends_on_waves: [1], weight: 1, busiest: { agent_id: "a", tasks: 1, weight: 1 } },
    ]);
  });

  test("what each agent gets, wave by wave; nothing where it is offline", () => {
    expect(forecast(ten, { num_waves: 2 }).agents).toEqual([
      { agent_id: "a", online: true, tasks: 6, weight: 6, tasks_by_wave: [3, 3] },
      { agent_id: "b", online: true, tasks: 4, weight: 4, tasks_by_wave: [2, 2] },
      { agent_id: "c", online: false, tasks: 0, weight: 0, tasks_by_wave: [0, 0] },
    ]);
  });

  test("health by the formula of the runs, from the expected figures", () => {
    const { health, success_rate, predicted_success_rate, attempts } = forecast(ten, { num_waves: 1 }).expected;
    expect([success_rate, predicted_success_rate, attempts]).toEqual([0.9, 0.9, 10].map((n) => expect.closeTo(n, 9)));
    const { components, score, status } = health!;
    expect(components.success_rate).toBeCloseTo(0.9, 9);
    expect(components.availability).toBeCloseTo(2 / 3, 9);
    expect(components.accuracy).toBeCloseTo(1 - 2 * 0.9 * 0.1, 9);
    expect(components.load_balance).toBe(1);
    expect(score).toBeCloseTo(100 * (0.4 * 0.9 + 0.2 * (2 / 3) + 0.2 * 0.82 + 0.2), 2);
    expect(status).toBe("GOOD");
  });

  test("time and cost on AWS, and what bounds it", () => {
    const { duration, bound, cost } = forecast(ten).expected;
    expect(duration!.seconds).toBeGreaterThan(0);
    expect(bound!.name).toBe("children");
    expect(cost.usd).toBeGreaterThan(0);
    expect(cost.usd_per_million_tasks).toBeCloseTo(cost.usd * 100_000, 0);
  });

  test("less time where waves may run side by side", () => {
    const many = Array.from({ length: 4_000 }, () => ({}));
    const seconds = (wave_concurrency: number) =>
      forecast(many, { num_waves: 4, wave_concurrency }).expected.duration!.seconds;
    expect(seconds(4)).toBeLessThan(seconds(1));
  });
});

describe("a rate limit", () => {
  const many = Array.from({ length: 400 }, () => ({}));
  const limitedBy = (rate: number) => forecast(many, { num_waves: 1 }, agentsOf({}, { rate_limit_per_second: rate }));

  test("bounds a run though another agent has none, by what its own agent is dealt", () => {
    const { agents, expected } = limitedBy(2);
    expect(agents[0]!.tasks).toBeGreaterThan(100);
    expect(expected.bound!.name).toBe("rate_limits");
    expect(expected.duration!.dispatch_seconds).toBeCloseTo(agents[0]!.tasks / 2, 6);
    expect(expected.attempts_limited).toBe(agents[0]!.tasks);
  });

  test("that is high bounds nothing", () => {
    expect(limitedBy(10_000).expected.bound!.name).toBe("children");
  });
});

test("attempts that crash or hang cost and take more than those that run to their end", () => {
  const of = (faults: object) => forecast(ten, { num_waves: 1, max_passes: 2 }, agentsOf(faults)).expected;
  const [smooth, crashing, hanging] = [{}, { crash_rate: 0.5 }, { hang_rate: 0.5 }].map(of);
  expect(crashing!.attempts).toBeCloseTo(15, 9);
  expect(crashing!.cost.usd).toBeGreaterThan(smooth!.cost.usd);
  expect(crashing!.duration!.seconds).toBeGreaterThan(smooth!.duration!.seconds);
  expect(hanging!.cost.usd).toBeGreaterThan(crashing!.cost.usd);
  expect(hanging!.duration!.seconds).toBeGreaterThan(smooth!.duration!.seconds + 30);
});

describe("nothing is forecast", () => {
  const nothing = { success_rate: null, health: null, duration: null, bound: null, predicted_success_rate: null };

  test("of no tasks", () => {
    const { waves, expected } = forecast([]);
    expect(waves).toEqual([]);
    expect(expected).toMatchObject({ ...nothing, attempts: 0, cost: { usd: 0 } });
  });

  test("of tasks that no agent may take", () => {
    const { waves, unassigned, expected } = forecast([{ capabilities: ["law"] }], { num_waves: 1 });
    expect(waves[0]!.busiest).toBeNull();
    expect(unassigned).toMatchObject({ tasks: 1, examples: [{ task_id: "t0" }] });
    expect(expected).toMatchObject(nothing);
  });

  test("of tasks that planning sets aside but that they do not complete", () => {
    const { expected, waves } = forecast([{ depends_on: ["gone"] }, {}]);
    expect(waves.map(({ tasks }) => tasks)).toEqual([1]);
    expect(expected.success_rate).toBeCloseTo(0.45, 9);
  });
});
