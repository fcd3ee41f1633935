import { describe, expect, test } from "vitest";

import type { Budget, Spent } from "../../lib/domain/budget.ts";
import { CONTROL_CACHE_MS } from "../../lib/domain/run-control.ts";
import { createRunGuard } from "../../lib/steps/run-guard.ts";
import { batchContext, createWorld, RUN } from "./builders.ts";

const since = "2026-03-01T12:00:00.000Z";

const createGuard = () => {
  const world = createWorld();
  return { world, guard: createRunGuard(world) };
};

const addSpent = (_runId: string, more: Spent): Promise<Spent> => Promise.resolve(more);

const withBudget = (budget: Budget) => batchContext({ budget });

describe("the operator's word", () => {
  test("is asked once for all attempts of the next seconds", async () => {
    const { world, guard } = createGuard();
    expect(await guard.admit(batchContext())).toBeUndefined();
    await world.runs.putControl(RUN, "PAUSED", since);
    world.clock.time += CONTROL_CACHE_MS - 1;
    expect(await guard.ask(batchContext())).toBeUndefined();
    world.clock.time += 1;
    expect(await guard.ask(batchContext())).toEqual({ outcome: "deferred", error: `the run is paused since ${since}` });
  });

  test("ends the tasks of a cancelled run", async () => {
    const { world, guard } = createGuard();
    await world.runs.putControl(RUN, "CANCELLED", since);
    expect(await guard.admit(batchContext())).toEqual({
      outcome: "cancelled",
      error: `the run was cancelled at ${since}`,
    });
  });

  test("is asked again where the table did not answer", async () => {
    const { world } = createGuard();
    let failing = true;
    const runs = {
      addSpent,
      readControl: (runId: string) =>
        failing ? Promise.reject(new Error("throttled")) : world.runs.readControl(runId),
    };
    const guard = createRunGuard({ ...world, runs });
    await expect(guard.ask(batchContext())).rejects.toThrow("throttled");
    failing = false;
    expect(await guard.ask(batchContext())).toBeUndefined();
  });

  test("asked again meanwhile, is not forgotten because an older question failed", async () => {
    const { world } = createGuard();
    const first = Promise.withResolvers<{ state: "RUN" }>();
    const answers = [first.promise, Promise.resolve({ state: "RUN" as const })];
    let asked = 0;
    const readControl = () => answers[asked++] ?? Promise.reject(new Error("asked once too often"));
    const guard = createRunGuard({ ...world, runs: { addSpent, readControl } });
    const failed = guard.ask(batchContext());
    world.clock.time += CONTROL_CACHE_MS;
    expect(await guard.ask(batchContext())).toBeUndefined();
    first.reject(new Error("throttled"));
    await expect(failed).rejects.toThrow("throttled");
    expect(await guard.ask(batchContext())).toBeUndefined();
  });
});

describe("a budget", () => {
  test("of attempts admits exactly as many, however many ask at once", async () => {
    const { world, guard } = createGuard();
    const stops = await Promise.all(Array.from({ length: 7 }, () => guard.admit(withBudget({ max_attempts: 3 }))));
    expect(stops.map((stop) => stop?.outcome)).toEqual([
      ...Array.from({ length: 3 }),
      ...Array.from({ length: 4 }, () => "budget_exhausted"),
    ]);
    expect(world.log.entries.filter(({ message }) => message === "budget runs out")).toHaveLength(1);
    expect((await world.runs.readSpent(RUN)).attempts).toBe(3);
  });

  test("of money ends with what is in flight: the charge of an answer stops what comes after it", async () => {
    const { guard } = createGuard();
    const batch = withBudget({ max_cost_usd: 1 });
    expect(await guard.admit(batch)).toBeUndefined();
    await guard.charge(batch, { cost_usd: 5 });
    expect(await guard.admit(batch)).toEqual({
      outcome: "budget_exhausted",
      error: "the run's budget: max_cost_usd: 5 of 1 spent",
    });
  });

  test("that is spent is not asked for again", async () => {
    const { world } = createGuard();
    const deposits: number[] = [];
    const runs = {
      readControl: () => Promise.resolve({ state: "RUN" as const }),
      addSpent: (runId: string, more: Spent) => {
        deposits.push(more.attempts);
        return world.runs.addSpent(runId, more);
      },
    };
    const guard = createRunGuard({ ...world, runs });
    const batch = withBudget({ max_seconds: 10 });
    world.clock.time += 10_000;
    for (let attempt = 0; attempt < 3; attempt += 1) await guard.admit(batch);
    expect(deposits).toEqual([1, -1]);
  });

  test("is charged nothing by an agent that tells nothing, and nothing is written where there is none", async () => {
    const { world, guard } = createGuard();
    await guard.charge(withBudget({ max_tokens: 5 }), {});
    await guard.charge(batchContext(), { cost_usd: 1, tokens: 1 });
    await guard.charge(withBudget({ max_tokens: 5 }), { tokens: 2 });
    expect(await world.runs.readSpent(RUN)).toEqual({ attempts: 0, cost_usd: 0, tokens: 2 });
  });

  test("whose account cannot be charged does not undo what the agent did", async () => {
    const { world } = createGuard();
    const runs = {
      readControl: world.runs.readControl.bind(world.runs),
      addSpent: () => Promise.reject(new Error("throttled")),
    };
    const guard = createRunGuard({ ...world, runs });
    await guard.charge(withBudget({ max_tokens: 5 }), { tokens: 2 });
    expect(world.log.entries).toMatchObject([{ message: "cost not on the run's account", fields: { tokens: 2 } }]);
  });

  test("lets nothing start where the account cannot be written, and goes on when it can", async () => {
    const { world } = createGuard();
    let failing = true;
    const runs = {
      readControl: () => Promise.resolve({ state: "RUN" as const }),
      addSpent: (runId: string, more: Spent) =>
        failing ? Promise.reject(new Error("throttled")) : world.runs.addSpent(runId, more),
    };
    const guard = createRunGuard({ ...world, runs });
    const batch = withBudget({ max_attempts: 9 });
    await expect(guard.admit(batch)).rejects.toThrow("throttled");
    failing = false;
    expect(await guard.admit(batch)).toBeUndefined();
  });
});
