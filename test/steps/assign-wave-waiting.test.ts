import { describe, expect, test } from "vitest";

import type { AgentState } from "../../lib/domain/agent.ts";
import type { PendingTask } from "../../lib/domain/execution.ts";
import { agent } from "../domain/report-builders.ts";
import { at, createPlannedWorld, planned, RUN } from "./builders.ts";
import { assignNow, agentsOf, assignedIn, endPass, recordsOf, start, tasks } from "./wave-passes.ts";

describe("a task that no agent may take", () => {
  test("has a record that says why", async () => {
    const world = await createPlannedWorld([planned("t0", { capabilities: ["gpu"] })]);
    expect((await assignNow(start, world)).assigned).toBe(0);
    expect(recordsOf(world, 1)).toMatchObject([
      { task_id: "t0", status: "FAILED", reason: "unassignable", attempts: 0, error: expect.stringContaining("gpu") },
    ]);
  });

  test("after a pass ends as that pass did", async () => {
    const world = await createPlannedWorld(tasks(1), { agents: [agent("agent_0")] });
    const first = await assignNow(start, world);
    await world.fleet.markOffline("default", "agent_0", "no answer", world.clock.now());
    await endPass(world, first, "timed_out");
    expect(recordsOf(world, 2)).toMatchObject([
      {
        task_id: "t0",
        reason: "timed_out",
        agent_id: "agent_0",
        passes: 1,
        error: "no; then no agent is online: 1 offline",
      },
    ]);
  });
});

describe("a rate limit", () => {
  const limited: AgentState[] = [agent("agent_0", { rate_limit_per_second: 0.05 })];

  test("lets through in one pass what it can in a minute; the others wait for the next", async () => {
    const world = await createPlannedWorld(tasks(5), { agents: limited });
    const first = await assignNow(start, world);
    expect([first.assigned, first.wait_until, recordsOf(world, 1)]).toEqual([3, undefined, []]);
    expect(world.objects.lines<PendingTask>(at.deferred(1, 1)).map(({ task }) => task.task_id)).toEqual(["t3", "t4"]);
    const second = await endPass(world, first, "completed");
    expect([second.assigned, assignedIn(world, 2).map(({ task }) => task.task_id)]).toEqual([2, ["t3", "t4"]]);
  });
});

describe("an agent that is OFFLINE", () => {
  test("gets one probe task when its cooldown is over", async () => {
    const rested = agent("agent_0", { online: false, offline_since: "2026-03-01T11:59:00.000Z" });
    const world = await createPlannedWorld(tasks(3), { agents: [rested, agent("agent_1")] });
    await assignNow(start, world);
    const probes = assignedIn(world, 1).filter(({ agent_id }) => agent_id === "agent_0");
    expect(probes.map(({ decision }) => decision.probe)).toEqual([true]);
  });

  test("gets nothing while it rests", async () => {
    const resting = agent("agent_0", { online: false, offline_since: "2026-03-01T11:59:30.000Z" });
    const world = await createPlannedWorld(tasks(3), { agents: [resting, agent("agent_1")] });
    await assignNow(start, world);
    expect(new Set(agentsOf(assignedIn(world, 1)))).toEqual(new Set(["agent_1"]));
  });
});

describe("a task that may not start yet", () => {
  const later = (id: string, not_before: string) => planned(id, { constraints: { not_before } });

  test("makes the wave wait until the first of them may start, where nothing else is left", async () => {
    const world = await createPlannedWorld([
      later("t0", "2026-03-01T12:10:00.000Z"),
      later("t1", "2026-03-01T12:30:00+00:00"),
      later("t2", "2026-03-01T12:20:00.000Z"),
    ]);
    const { assigned, resume_at } = await assignNow(start, world);
    expect([assigned, resume_at, recordsOf(world, 1)]).toEqual([0, "2026-03-01T12:10:00.000Z", []]);
  });

  test("is assigned when its time has come", async () => {
    const world = await createPlannedWorld([later("t0", "2026-03-01T12:10:00.000Z")]);
    const { pass } = await assignNow(start, world);
    world.clock.time = Date.parse("2026-03-01T12:10:00.000Z");
    const second = await assignNow({ previous: { run_id: RUN, wave: 1, pass } }, world);
    expect([second.pass, second.assigned, second.wait_until]).toEqual([2, 1, undefined]);
  });

  test("does not hold up the others", async () => {
    const world = await createPlannedWorld([later("t0", "2026-03-01T12:10:00.000Z"), planned("t1")]);
    const first = await assignNow(start, world);
    expect([first.assigned, first.wait_until]).toEqual([1, undefined]);
    const second = await endPass(world, first, "completed");
    expect([second.assigned, second.resume_at]).toEqual([0, "2026-03-01T12:10:00.000Z"]);
  });
});

describe("the round-robin cursor", () => {
  const three = ["agent_0", "agent_1", "agent_2"].map((id) => agent(id));
  const options = { config: { strategy: "ROUND_ROBIN" }, agents: three } as const;

  test("goes on in the next pass", async () => {
    const world = await createPlannedWorld(tasks(4), options);
    const first = await assignNow(start, world);
    expect(agentsOf(assignedIn(world, 1))).toEqual(["agent_0", "agent_1", "agent_2", "agent_0"]);
    await endPass(world, first, "deferred");
    expect(agentsOf(assignedIn(world, 2))).toEqual(["agent_1", "agent_2", "agent_0", "agent_1"]);
  });

  test("goes on in the next wave", async () => {
    const world = await createPlannedWorld(tasks(4), options);
    world.objects.putLines(at.tasks(2), tasks(2));
    await assignNow(start, world);
    await assignNow({ previous: { ...start.previous, wave: 2 } }, world);
    expect(agentsOf(assignedIn(world, 1, 2))).toEqual(["agent_1", "agent_2"]);
  });

  test("of other strategies is not kept", async () => {
    const world = await createPlannedWorld(tasks(4), { agents: three });
    await assignNow(start, world);
    expect(await world.runs.readCursor(RUN, 9, 9)).toBe(0);
  });
});
