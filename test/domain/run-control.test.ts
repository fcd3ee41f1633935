import { expect, test } from "vitest";

import { nextPauseCheck, nextWaitCheck } from "../../lib/domain/run-control.ts";

const noon = Date.parse("2026-03-01T12:00:00.000Z");
const hours = (count: number): number => count * 3_600_000;
const since = new Date(noon).toISOString();

test.each([
  { title: "just paused asks again after two seconds", pausedMs: 0, waitMs: 2_000 },
  { title: "paused for a minute asks again after a tenth of it", pausedMs: 60_000, waitMs: 6_000 },
  { title: "paused for a day asks every five minutes", pausedMs: hours(24), waitMs: 300_000 },
])("a run that is $title", ({ pausedMs, waitMs }) => {
  const now = noon + pausedMs;
  expect(nextPauseCheck({ state: "PAUSED", since }, now) - now).toBe(waitMs);
});

test("a pause of which nobody knows the beginning counts as new", () => {
  expect(nextPauseCheck({ state: "PAUSED" }, noon)).toBe(noon + 2_000);
});

test.each([
  { title: "ends with a wait that is shorter than a minute", left: 40_000, waitMs: 40_000 },
  { title: "asks every minute where an hour is left", left: hours(1), waitMs: 60_000 },
  { title: "asks after a hundredth of a long wait", left: hours(100), waitMs: hours(1) },
])("a run that waits $title", ({ left, waitMs }) => {
  expect(nextWaitCheck(noon + left, noon)).toBe(noon + waitMs);
});

test("a wait of thirty days leaves most of the 25,000 events of an execution to the run", () => {
  const target = noon + hours(720);
  let [now, checks] = [noon, 0];
  for (; now < target; checks += 1) now = nextWaitCheck(target, now);
  expect(checks * 7).toBeLessThan(8_000);
});
