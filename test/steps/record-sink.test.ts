import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { MissingObjectError } from "../../lib/domain/errors.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { createFigures, createRecordSink, readFigures, writeFigures } from "../../lib/steps/record-sink.ts";
import { withWriters } from "../../lib/steps/with-writers.ts";
import { attempt, completed, failed, unassignable } from "../domain/report-builders.ts";
import { FakeObjectStore } from "./fakes.ts";

const figuresOf = (records: readonly TaskRecord[]) => {
  const figures = createFigures();
  for (const record of records) figures.addRecord(record);
  return figures;
};

test("a record that goes through the sink is written and counted", async () => {
  const objects = new FakeObjectStore();
  const figures = createFigures();
  await withWriters(objects, ["records"], async ([writer]) => {
    const sink = createRecordSink(writer, figures);
    await sink.add(completed());
    await sink.add(failed({ task_id: "task_2" }));
  });
  expect(objects.lines("records")).toEqual([completed(), failed({ task_id: "task_2" })]);
  expect([figures.totals.tasks, figures.failures.map(({ task_id }) => task_id)]).toEqual([2, ["task_2"]]);
});

describe("the figures of records", () => {
  test("hold how long each executed task took, and not those that never ran", () => {
    const { latencies } = figuresOf([completed({ duration_ms: 5 }), unassignable(), failed({ duration_ms: 7 })]);
    expect(latencies).toEqual([5, 7]);
  });

  test("hold of each agent the longest attempt that came to nothing", () => {
    const log = [attempt({ error: "no", duration_ms: 30 }), attempt({ error: "no", duration_ms: 20 })];
    const slow = completed({ attempt_log: [...log, attempt({ agent_id: "agent_1", duration_ms: 900 })] });
    expect(figuresOf([slow]).idle_ms).toEqual({ agent_0: 30 });
  });

  test("are the same whether records are added up at once or object by object", async () => {
    const record = fc
      .tuple(fc.constantFrom(completed, failed, unassignable), fc.nat({ max: 999 }), fc.nat({ max: 3 }))
      .map(([build, duration_ms, agent]) =>
        build({ task_id: `task_${duration_ms}`, duration_ms, agent_id: `agent_${agent}`, predicted_success_rate: 0.5 }),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(record, { maxLength: 8 }), { maxLength: 4 }), async (parts) => {
        const objects = new FakeObjectStore();
        for (const [index, part] of parts.entries()) await writeFigures(objects, `figures-${index}`, figuresOf(part));
        const read = await readFigures(
          objects,
          [...parts.keys()].map((index) => `figures-${index}`),
        );
        const whole = figuresOf(parts.flat());
        expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(whole)));
      }),
      { numRuns: 50 },
    );
  });

  test("that are missing are named", async () => {
    const reading = readFigures(new FakeObjectStore(), ["runs/run-1/plan-figures.json"]);
    await expect(reading).rejects.toThrow(MissingObjectError);
    await expect(reading).rejects.toThrow("plan-figures.json");
  });
});
