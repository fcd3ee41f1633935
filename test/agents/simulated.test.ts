import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EndpointOf } from "../../lib/agents/agent-call.ts";
import { createSimulatedCaller } from "../../lib/agents/simulated.ts";
import type { CallContext } from "../../lib/domain/agent-request.ts";
import { aContext, anAgent, aRequest, aTask } from "./agent-calls.ts";

/** An agent that does what the prediction says, at once. */
const reliable: EndpointOf<"simulated"> = {
  kind: "simulated",
  bias: 0,
  transient_rate: 0,
  latency_ms: 0,
  hang_rate: 0,
  crash_rate: 0,
};

interface Options extends Partial<Omit<EndpointOf<"simulated">, "kind">> {
  readonly agentId?: string;
  readonly attempt?: number;
  readonly context?: Partial<CallContext>;
}

/** Makes one attempt and tells how long the agent took in injected time. */
const attemptOn = async ({ agentId = "agent_0", attempt = 1, context = {}, ...endpoint }: Options) => {
  const waits: number[] = [];
  const call = createSimulatedCaller({
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  const agent = anAgent<"simulated">({ ...reliable, ...endpoint }, { id: agentId });
  const outcome = await call(agent.endpoint, { agent, request: aRequest({ attempt }), context: aContext(context) });
  return { outcome, waits };
};

const outcomeOf = async (options: Options) => (await attemptOn(options)).outcome;

const manyTasks = (fields: { success_rate: number }) =>
  Array.from({ length: 2000 }, (_, index) => aTask({ task_id: `task-${index}`, ...fields }));

describe("outcome", () => {
  test("a task that is certain to succeed is answered with a short output", async () => {
    expect(await outcomeOf({})).toEqual({ kind: "answered", answer: { success: true, output: { simulated: true } } });
  });

  test("a task that cannot succeed fails for good, and the error tells the odds", async () => {
    expect(await outcomeOf({ context: { task: aTask({ success_rate: 0 }) } })).toEqual({
      kind: "permanent",
      error: "simulated failure: drawn with a success probability of 0.00 on agent_0",
    });
  });

  test.each([
    { title: "lifts a hopeless task to certainty", success_rate: 0, bias: 1, kind: "answered" },
    { title: "is cut at certainty", success_rate: 0.5, bias: 0.9, kind: "answered" },
    { title: "pulls a certain task down", success_rate: 1, bias: -1, kind: "permanent" },
    { title: "is cut at impossibility", success_rate: 0.5, bias: -0.9, kind: "permanent" },
  ])("the bias $title", async ({ success_rate, bias, kind }) => {
    expect(await outcomeOf({ bias, context: { task: aTask({ success_rate }) } })).toMatchObject({ kind });
  });

  test("as many tasks succeed as their predicted rate plus the bias says", async () => {
    const tasks = manyTasks({ success_rate: 0.6 });
    const outcomes = await Promise.all(tasks.map((task) => outcomeOf({ bias: 0.1, context: { task } })));
    const answered = outcomes.filter(({ kind }) => kind === "answered").length;
    expect(answered / tasks.length).toBeGreaterThan(0.66);
    expect(answered / tasks.length).toBeLessThan(0.74);
  });

  test("whether a task succeeds on an agent does not depend on the attempt or the pass", async () => {
    for (const task of manyTasks({ success_rate: 0.5 }).slice(0, 50)) {
      const first = await outcomeOf({ attempt: 1, context: { task, pass: 1 } });
      expect(await outcomeOf({ attempt: 4, context: { task, pass: 2 } })).toEqual(first);
    }
  });

  test("another agent is another chance", async () => {
    const kinds = new Set<string>();
    for (let index = 0; index < 50; index += 1) {
      const outcome = await outcomeOf({ agentId: `agent_${index}`, context: { task: aTask({ success_rate: 0.5 }) } });
      kinds.add(outcome.kind);
    }
    expect(kinds).toEqual(new Set(["answered", "permanent"]));
  });

  test("another seed is another run", async () => {
    const kinds = new Set<string>();
    for (let seed = 0; seed < 50; seed += 1) {
      kinds.add((await outcomeOf({ context: { seed, task: aTask({ success_rate: 0.5 }) } })).kind);
    }
    expect(kinds).toEqual(new Set(["answered", "permanent"]));
  });
});

describe("attempts", () => {
  test("an attempt fails transiently with the transient rate, even where the task cannot succeed", async () => {
    const outcome = await outcomeOf({ transient_rate: 1, context: { task: aTask({ success_rate: 0 }) } });
    expect(outcome).toEqual({ kind: "transient", error: "simulated transient failure" });
  });

  test("as many attempts fail transiently as the rate says, each attempt on its own", async () => {
    const attempts = Array.from({ length: 2000 }, (_, index) => ({
      attempt: (index % 6) + 1,
      pass: Math.floor(index / 6),
    }));
    const outcomes = await Promise.all(
      attempts.map(({ attempt, pass }) => outcomeOf({ attempt, transient_rate: 0.08, context: { pass } })),
    );
    const transient = outcomes.filter(({ kind }) => kind === "transient").length;
    expect(transient / attempts.length).toBeGreaterThan(0.06);
    expect(transient / attempts.length).toBeLessThan(0.1);
  });

  test("a crash is thrown, so that it takes the executor down", async () => {
    await expect(attemptOn({ crash_rate: 1 })).rejects.toMatchObject({
      name: "SimulatedCrash",
      message: "simulated crash of agent_0",
    });
  });

  test("a crash comes before a hang, a hang before a transient failure", async () => {
    await expect(attemptOn({ crash_rate: 1, hang_rate: 1, transient_rate: 1 })).rejects.toThrow("simulated crash");
    expect(await outcomeOf({ hang_rate: 1, transient_rate: 1 })).toEqual({ kind: "timed_out" });
  });

  test("the same attempt of the same run always ends the same way", async () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(rate, rate, rate, rate, fc.nat(), fc.integer({ min: 1, max: 6 }), async (...drawn) => {
        const [success_rate, transient_rate, hang_rate, crash_rate, seed, attempt] = drawn;
        const context = { seed, task: aTask({ success_rate }) };
        const options = { transient_rate, hang_rate, crash_rate, attempt, context };
        const [first, second] = await Promise.allSettled([attemptOn(options), attemptOn(options)]);
        expect(second).toEqual(first);
      }),
    );
  });
});

describe("time", () => {
  test("an agent without latency answers at once", async () => {
    expect((await attemptOn({})).waits).toEqual([]);
  });

  test("an agent answers after its latency", async () => {
    expect(await attemptOn({ latency_ms: 70 })).toMatchObject({ outcome: { kind: "answered" }, waits: [70] });
  });

  test("an agent fails after its latency", async () => {
    const attempted = await attemptOn({ latency_ms: 70, transient_rate: 1 });
    expect(attempted).toMatchObject({ outcome: { kind: "transient" }, waits: [70] });
  });

  test("an agent that hangs is waited for until the time limit", async () => {
    const attempted = await attemptOn({ hang_rate: 1, context: { timeoutMs: 500 } });
    expect(attempted).toEqual({ outcome: { kind: "timed_out" }, waits: [500] });
  });

  test.each([500, 501])("an agent whose latency is %i ms times out at a limit of 500 ms", async (latency_ms) => {
    const attempted = await attemptOn({ latency_ms, context: { timeoutMs: 500 } });
    expect(attempted).toEqual({ outcome: { kind: "timed_out" }, waits: [500] });
  });
});
