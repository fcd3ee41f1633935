import fc from "fast-check";
import { expect, test } from "vitest";

import { createTimeline } from "../../lib/domain/effort-timeline.ts";
import type { AttemptLogEntry } from "../../lib/domain/record.ts";
import { attempt } from "./report-builders.ts";

const noon = Date.parse("2026-01-01T12:00:00.000Z");
const at = (milliseconds: number, changes: Partial<AttemptLogEntry> = {}): AttemptLogEntry =>
  attempt({ started_at: new Date(noon + milliseconds).toISOString(), ...changes });

const timelineOf = (entries: readonly AttemptLogEntry[]) => {
  const timeline = createTimeline();
  for (const entry of entries) timeline.add(entry);
  return timeline.timeline();
};

test("a run without attempts has no steps", () => {
  expect(timelineOf([])).toEqual({ step_ms: 100, steps: [] });
});

test("retries, backups and failures count in the step in which they began", () => {
  const { steps } = timelineOf([
    at(0, { error: "busy" }),
    at(250, { attempt: 2, error: "busy" }),
    at(260, { pass: 2, attempt: 1 }),
  ]);
  expect(steps).toEqual([
    { from_ms: 0, attempts: 1, retries: 0, backups: 0, failures: 1 },
    { from_ms: 100, attempts: 0, retries: 0, backups: 0, failures: 0 },
    { from_ms: 200, attempts: 2, retries: 1, backups: 1, failures: 1 },
  ]);
});

test("an attempt without a time is left out", () => {
  expect(timelineOf([attempt({ started_at: "some day" })]).steps).toEqual([]);
});

test("however long a run was, at most 96 steps hold all of its attempts, in whatever order they came", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 900_000_000 }), { minLength: 1, maxLength: 50 }), (times) => {
      const timeline = timelineOf(times.map((time) => at(time)));
      expect(timeline.steps.length).toBeLessThanOrEqual(96);
      expect(timeline.steps.reduce((sum, step) => sum + step.attempts, 0)).toBe(times.length);
      expect(timelineOf(times.toReversed().map((time) => at(time)))).toEqual(timeline);
    }),
  );
});
