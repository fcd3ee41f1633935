import { beforeEach, describe, expect, test } from "vitest";

import type { ExecutionMeter } from "../../../lib/local/states/frame.ts";
import { distributedMap, failing, inlineMap, machine, pass, run, task } from "./machine.ts";

let transitions: number;
let children: (number | undefined)[];

/** Takes every call for one of 100 ms. */
const meter: ExecutionMeter = {
  transition: () => {
    transitions += 1;
  },
  child: (expressMs) => void children.push(expressMs),
  taskMs: () => 100,
};

beforeEach(() => {
  transitions = 0;
  children = [];
});

const retry = (intervalSeconds: number) => [
  { ErrorEquals: ["States.ALL"], IntervalSeconds: intervalSeconds, MaxAttempts: 2, BackoffRate: 2 },
];

describe("a Standard execution is billed", () => {
  test("for its start and for each state that it enters", async () => {
    await run(machine({ First: pass({ Next: "Last" }), Last: pass() }), {}, { meter });
    expect(transitions).toBe(3);
  });

  test("for each retry", async () => {
    await run(machine({ Only: task({ Retry: retry(1) }) }), {}, { meter, invoke: failing("One", "Two") });
    expect(transitions).toBe(4);
  });

  test("for the states of each iteration of an inline Map", async () => {
    await run(machine({ Each: inlineMap({ Only: pass() }) }), { items: [1, 2, 3] }, { meter });
    expect(transitions).toBe(5);
  });
});

describe("a child of a Distributed Map is billed", () => {
  const each = (states: Parameters<typeof inlineMap>[0]) =>
    machine({ Each: distributedMap({ Batch: inlineMap(states, { Items: "{% $states.input.batch %}" }) }) });
  const items = [{ batch: [1, 2] }];

  test("not for the states that an EXPRESS one enters", async () => {
    await run(each({ Only: pass() }), { items }, { meter });
    expect({ transitions, children }).toEqual({ transitions: 2, children: [0] });
  });

  test("for the time of the slowest item of an inline Map", async () => {
    const states = { First: task({ Next: "Second" }), Second: task() };
    await run(each(states), { items }, { meter, invoke: async (args) => args });
    expect(children).toEqual([200]);
  });

  test("not for what a call says that it waited for others of its process", async () => {
    const measured: number[] = [];
    const taskMs = (ms: number): number => {
      measured.push(ms);
      return ms;
    };
    const invoke = async (args: unknown, { onQueued }: { readonly onQueued?: (ms: number) => void }) => {
      onQueued?.(1_000_000);
      return args as never;
    };
    await run(each({ Only: task() }), { items: [{ batch: [1] }] }, { meter: { ...meter, taskMs }, invoke });
    expect(measured).toEqual([0]);
  });

  test("for waits between attempts as long as they are on AWS, whatever the clock makes of them", async () => {
    const states = { Only: task({ Retry: retry(1) }) };
    const invoke = failing("One", "Two", "Three");
    await run(each(states), { items: [{ batch: [1] }] }, { meter, invoke });
    expect(children).toEqual([100 + 1_000 + 100 + 2_000 + 100]);
  });

  test("by transitions where it is a STANDARD one", async () => {
    const definition = machine({
      Each: distributedMap(
        { Only: pass() },
        {
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "Only",
            States: { Only: pass() },
          },
        },
      ),
    });
    await run(definition, { items: [1] }, { meter });
    expect({ transitions, children }).toEqual({ transitions: 3, children: [undefined] });
  });
});
