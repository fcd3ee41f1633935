import { expect, test } from "vitest";

import { alarms, describeAlarm, runbookSection } from "../../lib/domain/alarms.ts";

test("an alarm's section of the runbook has the anchor that GitHub makes of its heading", () => {
  expect(runbookSection({ heading: "Map Runs are waiting" })).toBe("docs/runbook.md#map-runs-are-waiting");
});

test("an alarm says in one sentence what it looks at, its limit with the unit, and where the runbook goes on", () => {
  expect(describeAlarm(alarms.HealthLow)).toBe(
    "Phase 21: health of a wave: below 85 of 100 within 5 minutes; what to do: docs/runbook.md#health-is-low",
  );
});

test("an alarm on a plain number names no unit", () => {
  expect(describeAlarm(alarms.MapRunsWaiting)).toContain("wait for others to end: above 0 within 5 minutes;");
});

test("no two alarms share a section of the runbook", () => {
  const sections = Object.values(alarms).map((rule) => runbookSection(rule));
  expect(new Set(sections).size).toBe(sections.length);
});
