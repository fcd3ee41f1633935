import { describe, expect, test } from "vitest";

import type { AgentCaller, AgentOutcome } from "../../lib/domain/agent-request.ts";
import type { Assignment } from "../../lib/domain/execution.ts";
import { executeTask } from "../../lib/steps/execute-task.ts";
import { agent } from "../domain/report-builders.ts";
import { assignment, batchContext, decision, RUN, task } from "./builders.ts";
import { answered, createExecutor, errorOf, permanent, timedOut } from "./executor.ts";

describe("an agent that lets the time limit pass", () => {
  test("is OFFLINE from then on, with the reason, and is not asked again", async () => {
    const { execute, world } = await createExecutor([timedOut]);
    expect((await execute()).outcome).toBe("timed_out");
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]).toMatchObject({
      online: false,
      offline_since: "2026-03-01T12:00:00.250Z",
      offline_reason: "task t1: no answer within 30 s",
    });
  });

  test("has its time-out on record though it could not be marked", async () => {
    const { execute, world } = await createExecutor([timedOut]);
    world.fleet.markOffline = async () => {
      throw new Error("the table is slow");
    };
    expect(await execute()).toMatchObject({ outcome: "timed_out", attempts: [{ error: "no answer within 30 s" }] });
    expect(world.log.entries.map(({ message }) => message)).toContain("agent not marked offline");
  });

  test("is marked once, by whoever saw it first", async () => {
    const { ports, world } = await createExecutor([timedOut]);
    const run = (id: string) =>
      executeTask(
        {
          batch: batchContext(),
          assignment: assignment(id),
          retry_count: 0,
          child_started_at: new Date(world.clock.time).toISOString(),
        },
        ports,
      );
    await Promise.all([run("t1"), run("t2")]);
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]?.offline_reason).toMatch(/^task t1/u);
  });

  test("is seen OFFLINE by the next task at once, not when the cache is old", async () => {
    const { execute, calls } = await createExecutor([timedOut]);
    await execute();
    expect((await execute()).outcome).toBe("agent_offline");
    expect(calls.length).toBe(1);
  });

  test("has its error cut short in the attempt and in the result", async () => {
    const { execute } = await createExecutor([{ kind: "permanent", error: "é".repeat(900) }]);
    const { error = "", attempts } = await execute();
    expect([JSON.stringify(error), JSON.stringify(attempts[0]?.error)].map((text) => Buffer.byteLength(text))).toEqual([
      511, 159,
    ]);
  });
});

describe("a probe", () => {
  const offline = agent("agent_0", { online: false, offline_since: "2026-03-01T11:00:00.000Z" });
  const probe = { assignment: { decision: { ...decision, probe: true } } } as const;

  test("that succeeds brings the agent back, for the next task at once", async () => {
    const { execute, world } = await createExecutor([answered()], [offline]);
    expect((await execute(probe)).outcome).toBe("completed");
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]?.online).toBe(true);
    expect((await execute()).outcome).toBe("completed");
  });

  test.each([
    { title: "that times out", outcome: timedOut },
    { title: "that fails", outcome: permanent },
  ])("$title leaves the agent OFFLINE", async ({ outcome }) => {
    const { execute, world } = await createExecutor([outcome], [offline]);
    await execute(probe);
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]?.online).toBe(false);
  });

  test("that times out starts the agent's rest anew", async () => {
    const { execute, world } = await createExecutor([timedOut], [offline]);
    await execute(probe);
    const { agents } = await world.fleet.read("default", world.clock.now());
    expect(agents[0]?.offline_since).toBe(new Date(world.clock.now()).toISOString());
  });

  test("is what an OFFLINE agent is called for, and nothing else", async () => {
    const { execute, calls } = await createExecutor([answered()], [offline]);
    expect((await execute()).outcome).toBe("agent_offline");
    expect(calls).toEqual([]);
  });
});

describe("an executor that breaks", () => {
  test("says so as it is: what is no failed attempt is not retried as one", async () => {
    const { execute } = await createExecutor([new TypeError("a bug")]);
    expect(await errorOf(execute())).toBeInstanceOf(TypeError);
  });

  test("has released the task's resources", async () => {
    const { execute, world } = await createExecutor([new TypeError("a bug")]);
    await errorOf(execute({ assignment: { task: task("t1", { resources: ["dock"] }) } }));
    expect([...world.fleet.locks]).toEqual([]);
  });

  test("gives its place at the agent to the next task, when the call breaks", async () => {
    const { execute, open } = await createExecutor([new TypeError("a bug")]);
    await errorOf(execute());
    expect(open).toEqual(["enter agent_0 10", undefined]);
  });

  test("gives its place at the agent to the next task, when the gates break", async () => {
    const { execute, open, ports } = await createExecutor(
      [answered()],
      [agent("agent_0", { rate_limit_per_second: 1 })],
    );
    ports.fleet.reserveSlot = () => Promise.reject(new Error("throttled"));
    await expect(execute()).rejects.toThrow("throttled");
    expect(open).toEqual(["enter agent_0 10", undefined]);
  });

  test("gives its place at the agent to the next task, when the result cannot be kept", async () => {
    const { execute, open, ports } = await createExecutor([answered("x".repeat(3_000))]);
    ports.objects.writeText = () => Promise.reject(new Error("no bucket"));
    await expect(execute()).rejects.toThrow("no bucket");
    expect(open).toEqual(["enter agent_0 10", true]);
  });
});

describe("the place of a task at its agent", () => {
  test.each([
    { title: "proves the agent alive when it answers", outcome: answered(), proof: true },
    { title: "proves the agent alive when it fails", outcome: permanent, proof: true },
    { title: "proves the opposite when nothing comes", outcome: timedOut, proof: false },
  ])("$title", async ({ outcome, proof }) => {
    const { execute, open } = await createExecutor([outcome]);
    await execute();
    expect(open).toEqual(["enter agent_0 10", proof]);
  });

  test("proves nothing when a gate refuses the task", async () => {
    const { execute, open } = await createExecutor([answered()]);
    await execute({ assignment: { task: task("t1", { capabilities: ["gpu"] }) } });
    expect(open).toEqual(["enter agent_0 10", undefined]);
  });

  test("is one of one where the agent left the fleet", async () => {
    const { execute, open } = await createExecutor([answered()]);
    expect((await execute({ assignment: { agent_id: "gone" } })).outcome).toBe("agent_offline");
    expect(open).toEqual(["enter gone 1", undefined]);
  });

  test("is one of four until the agent has answered, and then one of its capacity", async () => {
    const { ports, world } = await createExecutor([answered()]);
    let [inside, mostUnproven, most] = [0, 0, 0];
    let proven = false;
    const callAgent: AgentCaller = async () => {
      inside += 1;
      most = Math.max(most, inside);
      if (!proven) mostUnproven = Math.max(mostUnproven, inside);
      await new Promise<void>((resolve) => setImmediate(resolve));
      proven = true;
      inside -= 1;
      return answered();
    };
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        executeTask(
          {
            batch: batchContext(),
            assignment: assignment(`t${index}`),
            retry_count: 0,
            child_started_at: new Date(world.clock.time).toISOString(),
          },
          { ...ports, callAgent },
        ),
      ),
    );
    expect([mostUnproven, most, world.fleet.reads]).toEqual([4, 10, 1]);
  });
});

describe("results of forty tasks", () => {
  const id = "i".repeat(128);
  const noise = '\u0000"\\\n😀é'.repeat(2_000);
  const worst: Partial<Assignment> = {
    task: task(id, { success_rate: 0.123_456_789_012_345 }),
    agent_id: id,
    decision: {
      strategy: "CONFIDENCE_BASED",
      load: 123_456.789_012_345,
      eligible: 10_000,
      passed_over: { offline: 9_999, capability: 9_999, constraint: 9_999, already_tried: 9_999, rate_limit: 9_999 },
      probe: true,
    },
  };
  const cost = { cost_usd: 0.123_456_789_012_345, tokens: 123_456_789_012 };

  test.each([
    {
      title: "a success with the largest output in place",
      end: { kind: "answered", answer: { success: true, output: "x".repeat(2_046), ...cost } },
    },
    {
      title: "a success with an output of its own",
      end: { kind: "answered", answer: { success: true, output: noise, ...cost } },
    },
    { title: "the last retry", end: { kind: "transient", error: noise, ...cost } },
  ] as const)("fit the 256 KiB of a child, also in the worst case: $title", async ({ end }) => {
    const failing: AgentOutcome = { kind: "transient", error: noise, ...cost };
    const { execute } = await createExecutor(
      [failing, failing, failing, failing, failing, end],
      [agent(id, { online: true })],
    );
    const batch = { run_id: RUN, pass: 2 };
    for (let retry = 0; retry < 5; retry += 1) await errorOf(execute({ batch, assignment: worst, retry_count: retry }));
    const result = await execute({ batch, assignment: worst, retry_count: 5 });
    expect(result.attempts.length).toBe(6);
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(6_000);
  });
});
