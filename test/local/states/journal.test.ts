import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../lib/domain/json.ts";
import type { Journal } from "../../../lib/local/states/journal.ts";
import { distributedMap, failing, inlineMap, machine, named, pass, run, task, typesOf } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

type Entry = readonly [path: string, value: JsonValue];

/** A journal that has these entries, with a record of what is written. */
const journalOf = (entries: readonly Entry[] = []): Journal & { readonly written: Entry[] } => {
  const before = new Map(entries);
  const written: Entry[] = [];
  return {
    read: (path) => before.get(path),
    write: async (path, value) => void written.push([path, value]),
    written,
  };
};

const paths = ({ written }: { readonly written: readonly Entry[] }): readonly string[] => written.map(([path]) => path);

/** A task that tells the resource which one it is; `$states.input` is its parameter. */
const step = (name: string, more: JsonObject = {}): JsonObject =>
  task({
    Arguments: { step: name, input: "{% $states.input %}", retryCount: "{% $states.context.State.RetryCount %}" },
    ...more,
  });

interface Call {
  readonly step: string;
  readonly input: JsonValue;
  readonly retryCount: number;
}

describe("an execution that was cut off", () => {
  const states: JsonObject = {
    Plan: step("plan", { Assign: { n: 0 }, Next: "Again" }),
    Again: { Type: "Choice", Choices: [{ Condition: "{% $n < 2 %}", Next: "Round" }], Default: "Groups" },
    Round: step("round", { Arguments: { step: "{% 'round' & $n %}", input: null, retryCount: 0 }, Next: "Pause" }),
    Pause: { Type: "Wait", Seconds: 60, Assign: { n: "{% $n + 1 %}" }, Next: "Again" },
    Groups: inlineMap(
      {
        Flaky: step("flaky", { Retry: [{ ErrorEquals: ["Flaky"] }], Output: "{% $states.input %}", Next: "Batches" }),
        Batches: distributedMap(
          { Items: inlineMap({ Work: step("work") }, { Items: "{% $states.input.Items %}" }) },
          {
            Items: "{% [1..5].($string($states.input) & '-' & $) %}",
            ItemBatcher: { MaxItemsPerBatch: 2 },
            MaxConcurrency: 2,
          },
        ),
      },
      { Items: ["a", "b", "c"], MaxConcurrency: 2, Next: "Broken" },
    ),
    Broken: step("broken", {
      Arguments: { step: "broken", input: null, retryCount: 0 },
      Catch: [{ ErrorEquals: ["Broken"], Next: "Recover", Assign: { error: "{% $states.errorOutput.Error %}" } }],
      Output: "{% $states.input %}",
    }),
    Recover: step("recover", { Arguments: { step: "recover", input: null, retryCount: 0 }, Next: "Done" }),
    Done: pass({ Output: { n: "{% $n %}", error: "{% $error %}", last: "{% $states.input %}" } }),
  };

  const live = async (entries: readonly Entry[]) => {
    const journal = journalOf(entries);
    const clock = createVirtualClock();
    const calls: string[] = [];
    const invoke = async (args: JsonValue) => {
      const { step: name, input, retryCount } = args as unknown as Call;
      const done = `<${name}:${JSON.stringify(input)}>`;
      calls.push(done);
      await clock.sleep(10);
      if (name === "broken" || (name === "flaky" && retryCount === 0))
        throw named(name === "broken" ? "Broken" : "Flaky");
      return done;
    };
    const result = await run(machine(states), {}, { invoke, clock, journal });
    const { written } = journal;
    return { result, written, calls, pauses: clock.sleeps.filter((milliseconds) => milliseconds === 60_000).length };
  };

  test("after any of its entries comes to the same end, and does nothing twice that has an entry", async () => {
    const { result, written } = await live([]);
    expect(result).toMatchObject({ status: "SUCCEEDED", output: { n: 2, error: "Broken", last: "<recover:null>" } });
    // Plan, 2 rounds and pauses, 3 × (flaky, 3 batches, the Map), recover.
    expect(written).toHaveLength(1 + 4 + 3 * 5 + 1);
    for (let kept = 0; kept <= written.length; kept += 1) {
      const entries = written.slice(0, kept);
      const resumed = await live(entries);
      expect(resumed.result.output, `after ${kept} entries`).toEqual(result.output);
      const done = JSON.stringify(entries.map(([, value]) => value));
      const again = resumed.calls.filter((call) => done.includes(JSON.stringify(call).slice(1, -1)));
      expect(again, `after ${kept} entries`).toEqual([]);
      expect(resumed.pauses).toBe(2 - entries.filter(([path]) => path.startsWith("Pause")).length);
      expect([...entries, ...resumed.written].map(([path]) => path).toSorted()).toEqual(
        written.map(([path]) => path).toSorted(),
      );
    }
  });

  test("at its very end calls only what failed", async () => {
    const { written } = await live([]);
    expect((await live(written)).calls).toEqual(["<broken:null>"]);
  });
});

describe("entries", () => {
  test("stand under the states, items and visits that lead to them", async () => {
    const journal = journalOf();
    const children = distributedMap({ T: task() }, { Items: ["x", "y"], MaxConcurrency: 1, Next: "Again" });
    const definition = machine({
      First: task({ Next: "Maps" }),
      Maps: inlineMap(
        {
          Start: pass({ Assign: { n: 1 }, Next: "Children" }),
          Children: children,
          Again: { Type: "Choice", Choices: [{ Condition: "{% $n = 1 %}", Next: "More" }], Default: "End" },
          More: pass({ Assign: { n: 2 }, Next: "Children" }),
          End: task(),
        },
        { Items: [1] },
      ),
    });
    await run(definition, {}, { invoke: failing(), journal });
    expect(paths(journal)).toEqual([
      "First#1",
      "Maps#1[0]/Children#1[0]",
      "Maps#1[0]/Children#1[1]",
      "Maps#1[0]/Children#1",
      "Maps#1[0]/Children#2[0]",
      "Maps#1[0]/Children#2[1]",
      "Maps#1[0]/Children#2",
      "Maps#1[0]/End#1",
    ]);
  });

  test("of states whose names hold a path's separators are told apart", async () => {
    const journal = journalOf();
    const definition = machine({ "A#1[0]/B": task({ Next: "A" }), A: inlineMap({ B: task() }, { Items: [1] }) });
    await run(definition, {}, { invoke: failing(), journal });
    expect(paths(journal)).toEqual(["A%231%5B0%5D%2FB#1", "A#1[0]/B#1"]);
  });

  test("are none inside of children, nor of children that failed", async () => {
    const journal = journalOf();
    const map = distributedMap(
      { W: { Type: "Wait", Seconds: 1, Next: "I" }, I: inlineMap({ T: task() }, { Items: [1] }) },
      { Items: ["x", "y"], MaxConcurrency: 1, ToleratedFailureCount: 1 },
    );
    await run(machine({ M: map }), {}, { invoke: failing("Bad"), journal });
    expect(paths(journal)).toEqual(["M#1[1]", "M#1"]);
  });

  test("of a retried Map's items are its own for each attempt", async () => {
    const journal = journalOf();
    const map = inlineMap({ T: task() }, { MaxConcurrency: 1, Retry: [{ ErrorEquals: ["Bad"] }] });
    const clock = createVirtualClock();
    const calls: JsonValue[] = [];
    const invoke = async (args: JsonValue) => {
      calls.push(args);
      if (calls.length === 2) throw named("Bad");
      return null;
    };
    await run(machine({ M: map }), { items: [1, 2] }, { invoke, clock, journal });
    expect(calls).toHaveLength(4);
    expect(paths(journal)).toEqual(["M#1[0]/T#1", "M#1~1[0]/T#1", "M#1~1[1]/T#1"]);
  });

  test("of a result that is null answer, too", async () => {
    const invoke = failing();
    const { output } = await run(machine({ T: task() }), {}, { invoke, journal: journalOf([["T#1", null]]) });
    expect(output).toBeNull();
    expect(invoke.calls).toEqual([]);
  });

  test("of a result that is over the limit are none", async () => {
    const journal = journalOf();
    const invoke = async () => "x".repeat(200_000);
    await run(machine({ M: distributedMap({ T: task() }) }), { items: [1, 2] }, { invoke, journal });
    expect(paths(journal).toSorted()).toEqual(["M#1[0]", "M#1[1]"]);
  });
});

describe("what the journal answers", () => {
  const definition = machine({
    T: task({ Output: "{% $states.result & '!' %}", Assign: { v: "{% $states.result %}" }, Next: "M" }),
    M: distributedMap({ P: pass() }, { Items: [1, 2], MaxConcurrency: 1, Next: "W" }),
    W: { Type: "Wait", Seconds: 5, Next: "I" },
    I: inlineMap({ T: task() }, { Items: [1, 2], MaxConcurrency: 1, Output: "{% $v %}" }),
  });

  test("leaves the events that the steps themselves would", async () => {
    const journal = journalOf();
    const invoke = async () => "done";
    const first = await run(definition, {}, { invoke, journal });
    const second = await run(definition, {}, { journal: journalOf(journal.written), invoke: failing("Called") });
    expect(typesOf(second)).toEqual(typesOf(first));
    expect(second).toMatchObject({ status: "SUCCEEDED", output: "done" });
  });

  test("is passed through Output and Assign again", async () => {
    const journal = journalOf([["T#1", "kept"]]);
    expect((await run(definition, {}, { invoke: failing(), journal })).output).toBe("kept");
  });

  test("stands in the results of a Distributed Map beside what its other children give", async () => {
    const map = distributedMap({ T: task({ Output: "{% $states.input %}" }) });
    const invoke = failing();
    const journal = journalOf([["M#1[1]", "kept"]]);
    const { output } = await run(machine({ M: map }), { items: ["a", "b", "c"] }, { invoke, journal });
    expect(output).toEqual(["a", "kept", "c"]);
    expect(invoke.calls).toHaveLength(2);
  });

  test("of a Distributed Map that had ended spares its failed children, too", async () => {
    const invoke = failing();
    const map = distributedMap({ T: task() }, { ToleratedFailurePercentage: 100 });
    const journal = journalOf([["M#1", ["kept"]]]);
    expect((await run(machine({ M: map }), { items: [1, 2] }, { invoke, journal })).output).toEqual(["kept"]);
    expect(invoke.calls).toEqual([]);
  });
});

test("a Wait until a time looks at the clock again", async () => {
  const clock = createVirtualClock(0);
  const journal = journalOf();
  const definition = machine({ W: { Type: "Wait", Timestamp: "1970-01-01T00:01:00Z", End: true } });
  await run(definition, {}, { clock, journal });
  expect(clock.now()).toBe(60_000);
  expect(journal.written).toEqual([]);
});

describe("a journal that cannot be written", () => {
  const full = (): Journal => ({
    read: () => undefined,
    write: () => {
      throw new Error("no space left");
    },
  });
  const everything = { Catch: [{ ErrorEquals: ["States.ALL"], Next: "P" }], Retry: [{ ErrorEquals: ["States.ALL"] }] };

  test.each<[string, JsonObject]>([
    ["a task", task(everything)],
    ["a task of an inline Map", inlineMap({ T: task() }, everything)],
    ["a child", distributedMap({ T: task() }, { ...everything, ToleratedFailurePercentage: 100 })],
    ["a Wait", inlineMap({ W: { Type: "Wait", Seconds: 1, End: true } }, everything)],
  ])("ends the execution at %s, whatever Retry, Catch and tolerance say", async (_title, state) => {
    const invoke = failing();
    const call = run(machine({ S: state, P: pass() }), { items: [1] }, { invoke, journal: full() });
    await expect(call).rejects.toThrow("no space left");
    expect(invoke.calls.length).toBeLessThanOrEqual(1);
  });

  test("ends it also where it cannot be read", async () => {
    const journal: Journal = {
      ...full(),
      read: () => {
        throw new Error("unreadable");
      },
    };
    await expect(run(machine({ T: task() }), {}, { invoke: failing(), journal })).rejects.toThrow("unreadable");
  });
});
