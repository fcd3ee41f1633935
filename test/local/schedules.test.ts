import { describe, expect, test, vi } from "vitest";

import type { InvocationResult } from "../../lib/local/lambda-runtime.ts";
import { startSchedules, type StartTimer } from "../../lib/local/schedules.ts";
import type { ResolvedResource } from "../../lib/local/template.ts";

const minute = 60_000;
const target = "arn:aws:lambda:us-east-1:000000000000:function:Watch";

const schedule = (changes: Record<string, unknown> = {}, type = "AWS::Scheduler::Schedule"): ResolvedResource => ({
  logicalId: "Watch",
  type,
  properties: () => ({
    ScheduleExpression: "rate(1 minute)",
    FlexibleTimeWindow: { Mode: "OFF" },
    State: "ENABLED",
    Target: { Arn: target, Input: '{"a":1}' },
    ...changes,
  }),
});

const failure: InvocationResult = {
  functionError: "Unhandled",
  errorType: "TypeError",
  errorMessage: "no such thing",
  trace: [],
};

/** Timers that ring when the test moves the time on from `now`; the first one rings so much `late`. */
const createTimers = (now = 0, late = 0) => {
  let started = 0;
  const timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  const startTimer: StartTimer = (milliseconds, ring) => {
    const timer = { at: now + milliseconds + (started === 0 ? late : 0), ring };
    started += 1;
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  const pass = async (milliseconds: number): Promise<void> => {
    const end = now + milliseconds;
    for (;;) {
      const [next] = [...timers].toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      now = next.at;
      timers.delete(next);
      next.ring();
      await settle();
    }
    now = end;
  };
  return { timers, clock: { now: () => now, startTimer }, pass };
};

/** Schedules whose functions answer as the test says; what they were given and what was given up is on record. */
const start = (
  resources: readonly ResolvedResource[],
  answer: (call: number) => Promise<InvocationResult> = async () => ({ payload: "null" }),
  { timers, clock, pass } = createTimers(),
) => {
  const calls: (readonly [string, string])[] = [];
  const errors: (readonly [string, string])[] = [];
  const invoke = (arn: string, payload: string): Promise<InvocationResult> => {
    calls.push([arn, payload]);
    return answer(calls.length);
  };
  const { stop } = startSchedules(resources, invoke, (arn, message) => void errors.push([arn, message]), clock);
  return { timers, pass, calls, errors, stop };
};

describe("a schedule", () => {
  test("calls its function with its input, one interval after the start for the first time", async () => {
    const { pass, calls } = start([schedule()]);
    await pass(minute - 1);
    expect(calls).toEqual([]);
    await pass(1);
    expect(calls).toEqual([[target, '{"a":1}']]);
  });

  test.each([
    ["rate(1 minute)", minute],
    ["rate(5 minutes)", 5 * minute],
    ["rate(2 hours)", 120 * minute],
    ["rate(1 day)", 1_440 * minute],
    ["rate(24 days)", 24 * 1_440 * minute],
  ])("of %s calls again after every interval", async (ScheduleExpression, interval) => {
    const { pass, calls } = start([schedule({ ScheduleExpression })]);
    await pass(3 * interval);
    expect(calls).toHaveLength(3);
    await pass(interval - 1);
    expect(calls).toHaveLength(3);
  });

  test("without an input gives an empty object", async () => {
    const { pass, calls } = start([schedule({ Target: { Arn: target } })]);
    await pass(minute);
    expect(calls).toEqual([[target, "{}"]]);
  });

  test("does not wait for a call that takes longer than the interval", async () => {
    const { pass, calls } = start([schedule()], () => new Promise<never>(() => {}));
    await pass(2 * minute);
    expect(calls).toHaveLength(2);
  });

  test("that is disabled calls nothing, and other resources are none", async () => {
    const { timers } = start([schedule({ State: "DISABLED" }), schedule({}, "AWS::Events::Rule")]);
    expect(timers.size).toBe(0);
  });

  test("calls nothing after the stop", async () => {
    const { timers, pass, calls, stop } = start([schedule()]);
    await pass(minute);
    stop();
    await pass(5 * minute);
    expect(calls).toHaveLength(1);
    expect(timers.size).toBe(0);
  });

  test("keeps no process alive", () => {
    const unref = vi.fn<() => NodeJS.Timeout>();
    const setTimer = vi.spyOn(globalThis, "setTimeout").mockReturnValue({ unref } as unknown as NodeJS.Timeout);
    const { stop } = startSchedules([schedule()], async () => failure, vi.fn<() => void>());
    setTimer.mockRestore();
    stop();
    expect(unref).toHaveBeenCalledOnce();
  });
});

describe("a cron expression", () => {
  const cron = (ScheduleExpression: string) => schedule({ ScheduleExpression });
  const at = (iso: string, late = 0) => createTimers(Date.parse(iso), late);

  test("calls at the times that it says, of which the start itself is none", async () => {
    const { pass, calls } = start([cron("cron(0 6 * * ? *)")], undefined, at("2026-11-23T06:00:00Z"));
    await pass(1_440 * minute - 1);
    expect(calls).toHaveLength(0);
    await pass(1);
    expect(calls).toHaveLength(1);
    await pass(2_880 * minute);
    expect(calls).toHaveLength(3);
  });

  test("may be longer away than a timer lasts", async () => {
    const { pass, calls } = start([cron("cron(0 0 1 1 ? *)")], undefined, at("2026-09-01T00:00:00Z"));
    await pass(122 * 1_440 * minute - 1);
    expect(calls).toHaveLength(0);
    await pass(1);
    expect(calls).toHaveLength(1);
  });

  test("that has passed for good calls nothing", () => {
    const { timers } = start([cron("cron(0 0 1 1 ? 2025)")], undefined, at("2026-09-01T00:00:00Z"));
    expect(timers.size).toBe(0);
  });

  test("that was slept through is not made good", async () => {
    const slow = at("2026-11-23T00:00:30Z", 10 * minute);
    const { pass, calls } = start([cron("cron(* * * * ? *)")], undefined, slow);
    await pass(10.75 * minute);
    expect(calls).toHaveLength(1);
    await pass(minute);
    expect(calls).toHaveLength(2);
  });

  test("calls once where its timer rings early", async () => {
    const early = at("2026-11-23T05:59:00Z", -1);
    const { pass, calls } = start([cron("cron(0 6 * * ? *)")], undefined, early);
    await pass(10 * minute);
    expect(calls).toHaveLength(1);
  });
});

describe("the context of a call", () => {
  const timed = (ScheduleExpression: string) =>
    schedule({ ScheduleExpression, Target: { Arn: target, Input: '{"at":"<aws.scheduler.scheduled-time>"}' } });

  test.each(["rate(1 hour)", "cron(0 * * * ? *)"])(
    "says when a %s was due, to the second, however late it comes",
    async (expression) => {
      const late = createTimers(Date.parse("2026-11-23T06:00:00.250Z"), 700);
      const { pass, calls } = start([timed(expression)], undefined, late);
      await pass(61 * minute);
      expect(calls).toEqual([[target, '{"at":"2026-11-23T07:00:00Z"}']]);
    },
  );

  test("says the same time when the call is made again", async () => {
    const { pass, calls } = start([timed("rate(1 minute)")], async (call) => (call < 3 ? failure : { payload: "1" }));
    await pass(minute + 1_000);
    expect(new Set(calls.map(([, payload]) => payload))).toEqual(new Set(['{"at":"1970-01-01T00:01:00Z"}']));
    expect(calls).toHaveLength(3);
  });

  test("names each call by an id of its own", async () => {
    const { pass, calls } = start([schedule({ Target: { Arn: target, Input: '"<aws.scheduler.execution-id>"' } })]);
    await pass(2 * minute);
    const ids = calls.map(([, payload]) => payload);
    expect(ids).toEqual([expect.stringMatching(/^"[0-9a-f]{16}"$/u), expect.stringMatching(/^"[0-9a-f]{16}"$/u)]);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

describe("a call that fails", () => {
  test("is made twice again", async () => {
    const { pass, calls, errors } = start([schedule()], async (call) => (call < 3 ? failure : { payload: "null" }));
    await pass(minute + 1_000);
    expect(calls).toHaveLength(3);
    expect(errors).toEqual([]);
  });

  test.each([
    ["fails", async () => failure, "TypeError: no such thing"],
    ["is not there", () => Promise.reject(new Error("no function")), "Error: no function"],
  ])("three times is given up and told, where the function %s", async (_, answer, message) => {
    const { pass, calls, errors } = start([schedule()], answer);
    await pass(minute + 1_000);
    expect(calls).toHaveLength(3);
    expect(errors).toEqual([[target, message]]);
  });

  test("keeps the schedule going", async () => {
    const { pass, calls } = start([schedule()], async (call) => (call <= 3 ? failure : { payload: "null" }));
    await pass(2 * minute + 1_000);
    expect(calls).toHaveLength(4);
  });

  test("is not made again after the stop", async () => {
    const { pass, calls, stop } = start([schedule()], async () => {
      stop();
      return failure;
    });
    await pass(2 * minute);
    expect(calls).toHaveLength(1);
  });
});

describe("refused by name", () => {
  test.each(["cron(0 12 * * *)", "at(2026-01-01T00:00:00)", "rate(0 minutes)", "rate(25 days)", "rate(1 week)"])(
    "is %s",
    (ScheduleExpression) => {
      expect(() => start([schedule({ ScheduleExpression })])).toThrow(
        `Watch: expected a schedule such as rate(5 minutes) of at most 24 days, or cron(0 6 ? * MON-FRI *), received ${ScheduleExpression}`,
      );
    },
  );

  test.each([
    ["a flexible time window", { FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 5 } }],
    ["a start or end date", { StartDate: "2026-01-01T00:00:00Z" }],
    ["a start or end date", { EndDate: "2026-01-01T00:00:00Z" }],
    ["the time zone Europe/Berlin", { ScheduleExpressionTimezone: "Europe/Berlin" }],
    [
      "<aws.scheduler.attempt-number> in the input",
      { Target: { Arn: target, Input: '"<aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>"' } },
    ],
    ["the target arn:aws:sqs:us-east-1:1:q", { Target: { Arn: "arn:aws:sqs:us-east-1:1:q" } }],
  ])("is %s", (what, changes) => {
    expect(() => start([schedule(changes)])).toThrow(`Watch: the embedded cloud's schedules do not support ${what}`);
  });
});
