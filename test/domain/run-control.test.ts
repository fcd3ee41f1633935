import { expect, test } from "vitest";

import { nextPauseCheck, nextWaitCheck } from "../../lib/domain/run-control.ts";

const noon = Date.parse("2026-03-01T12:00:00.000Z");
const hours = (count: number): number => count * 3_600_000;
const since = new Date(noon).toISOString();

test.each([
  { title: "just paused asks again after two seconds", pausedMs: 0, waitMs: 2_000 },
  { title: "paused for a minute asks again after a tenth of it", pausedMs: 60_000, waitMs: 6_000 },
  { title: "paused for a day asks every hour", pausedMs: hours(24), waitMs: hours(1) },
])("a run that is $title", ({ pausedMs, waitMs }) => {
  const now = noon + pausedMs;
  expect(nextPauseCheck({ state: "PAUSED", since }, now, 1) - now).toBe(waitMs);
});

test("a pause of which nobody knows the beginning counts as new", () => {
  expect(nextPauseCheck({ state: "PAUSED" }, noon, 1)).toBe(noon + 2_000);
});

test.each([
  { title: "ends with a wait that is shorter than a minute", left: 40_000, waitMs: 40_000 },
  { title: "asks after a minute where five are left", left: 300_000, waitMs: 60_000 },
  { title: "asks after a tenth of a long wait", left: hours(100), waitMs: hours(10) },
])("a run that waits $title", ({ left, waitMs }) => {
  expect(nextWaitCheck(noon + left, noon, 1)).toBe(noon + waitMs);
});

/** Events of one more question: five of the function's state, two of the choice, two of the wait. */
const EVENTS = 9;

test.each([1, 8, 40])(
  "%i waves side by side that wait for thirty days leave events of the 25,000 to the run",
  (waves) => {
    const target = noon + hours(720);
    let [now, checks] = [noon, 0];
    for (; now < target; checks += 1) now = nextWaitCheck(target, now, waves);
    expect(checks * EVENTS * waves).toBeLessThan(20_000);
  },
);

test.each([1, 8])("%i waves side by side that are paused for a week leave events of the 25,000 to the run", (waves) => {
  let [now, checks] = [noon, 0];
  for (; now < noon + hours(168); checks += 1) now = nextPauseCheck({ state: "PAUSED", since }, now, waves);
  expect(checks * EVENTS * waves).toBeLessThan(20_000);
});
