import { expect, test } from "vitest";

import { isOverdue, startsRun } from "../../lib/domain/missed-upload.ts";

const now = Date.parse("2026-01-01T12:00:00.000Z");
const minutes = 60_000;
const hours = 60 * minutes;

test.each([
  ["inbox/demo/predictions.jsonl", true],
  ["inbox/team/demo/predictions.jsonl", true],
  ["inbox/a\nb/predictions.jsonl", true],
  ["inbox/demo/schedule.jsonl", false],
  ["inbox/predictions.jsonl", false],
  ["inbox/demo/predictions.jsonl.bak", false],
  ["inbox/demo/old-predictions.jsonl", false],
  ["runs/inbox/demo/predictions.jsonl", false],
])("the object %j starts a run: %s", (key, expected) => {
  expect(startsRun(key)).toBe(expected);
});

test.each([
  ["of this moment", 0, false],
  ["whose event may still be on its way", 2 * minutes - 1, false],
  ["whose event must have arrived", 2 * minutes, true],
  ["of a day ago", 24 * hours, true],
  ["of longer ago, whose run nobody may remember", 24 * hours + 1, false],
  ["of the future", -minutes, false],
])("an upload %s, %i ms old, is overdue: %s", (_, age, expected) => {
  expect(isOverdue(now - age, now)).toBe(expected);
});
