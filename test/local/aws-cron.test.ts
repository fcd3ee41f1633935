import { describe, expect, test } from "vitest";

import { readCron } from "../../lib/local/aws-cron.ts";

/** The first times after a Monday, in ISO 8601 to the minute. */
const timesOf = (expression: string, count: number): readonly string[] => {
  const next = readCron(expression);
  const times: string[] = [];
  let after = Date.parse("2026-11-23T03:00:00Z");
  while (next !== undefined && times.length < count) {
    const time = next(after);
    if (time === undefined) break;
    times.push(new Date(time).toISOString().slice(0, 16));
    after = time;
  }
  return times;
};

describe("in a cron expression of AWS", () => {
  test.each([
    ["an asterisk takes every minute", "* * * * ? *", ["2026-11-23T03:01", "2026-11-23T03:02"]],
    ["a number takes itself", "15 6 * * ? *", ["2026-11-23T06:15", "2026-11-24T06:15"]],
    ["a list takes each of its parts", "0 4,6-7 * * ? *", ["2026-11-23T04:00", "2026-11-23T06:00", "2026-11-23T07:00"]],
    ["a step counts from the start of its range", "10-30/15 4 * * ? *", ["2026-11-23T04:10", "2026-11-23T04:25"]],
    ["a step behind a number goes to the end", "50/5 3 * * ? *", ["2026-11-23T03:50", "2026-11-23T03:55"]],
    ["a step behind an asterisk counts from the least", "0 0 */10 * ? *", ["2026-12-01T00:00", "2026-12-11T00:00"]],
    ["a step beyond the range takes its start", "5/99 3 * * ? *", ["2026-11-23T03:05", "2026-11-24T03:05"]],
    ["days of the week count from Sunday, 1", "0 6 ? * 1 *", ["2026-11-29T06:00", "2026-12-06T06:00"]],
    [
      "days of the week have names",
      "0 6 ? * TUE,fri-SAT *",
      ["2026-11-24T06:00", "2026-11-27T06:00", "2026-11-28T06:00"],
    ],
    ["months have names", "0 6 1 JAN-feb ? *", ["2027-01-01T06:00", "2027-02-01T06:00"]],
    ["L is the last day of a month", "0 0 L * ? *", ["2026-11-30T00:00", "2026-12-31T00:00"]],
    ["L is the last day of a week", "0 0 ? * L *", ["2026-11-28T00:00", "2026-12-05T00:00"]],
    ["L behind a day is the last such day of a month", "0 0 ? * FRIL *", ["2026-11-27T00:00", "2026-12-25T00:00"]],
    ["W is the weekday nearest to a day", "0 0 28W * ? *", ["2026-11-27T00:00", "2026-12-28T00:00"]],
    ["W stays in its month", "0 0 1W 8 ? *", ["2027-08-02T00:00", "2028-08-01T00:00"]],
    ["# is the nth such day of a month", "0 0 ? * MON#1 *", ["2026-12-07T00:00", "2027-01-04T00:00"]],
    ["a year bounds it", "0 0 1 JAN ? 2028-2029", ["2028-01-01T00:00", "2029-01-01T00:00"]],
    ["a step of years counts from 1970", "0 0 1 1 ? */4", ["2030-01-01T00:00", "2034-01-01T00:00"]],
  ])("%s: %s", (_, expression, times) => {
    expect(timesOf(expression, times.length)).toEqual(times);
  });

  test.each([
    ["of a year that has passed", "0 0 1 1 ? 2025"],
    ["of a day that no month has", "0 0 30 2 ? *"],
  ])("a time %s never comes", (_, expression) => {
    expect(timesOf(expression, 1)).toEqual([]);
  });

  test("a time between two seconds is followed by the next minute", () => {
    expect(readCron("* * * * ? *")?.(Date.parse("2026-11-23T03:00:00.500Z"))).toBe(Date.parse("2026-11-23T03:01:00Z"));
    expect(readCron("* * * * ? *")?.(Date.parse("2026-11-23T02:59:59.999Z"))).toBe(Date.parse("2026-11-23T03:00:00Z"));
  });
});

test.each([
  ["five fields", "0 6 * * ?"],
  ["seven fields", "0 0 6 * * ? *"],
  ["both kinds of days", "0 6 1 * MON *"],
  ["neither kind of days", "0 6 ? * ? *"],
  ["an open field that is no day", "? 6 * * ? *"],
  ["a minute that no hour has", "60 6 * * ? *"],
  ["a day 0 of the week", "0 6 ? * 0 *"],
  ["a day 8 of the week", "0 6 ? * 8 *"],
  ["a year before 1970", "0 6 1 1 ? 1969"],
  ["a range that runs backwards", "0 22-2 * * ? *"],
  ["a range from an asterisk", "0 *-5 * * ? *"],
  ["a step of nothing", "0/0 6 * * ? *"],
  ["a weekday nearest to no day", "0 6 32W * ? *"],
  ["a sixth Monday", "0 6 ? * MON#6 *"],
  ["L among others", "0 6 L,15 * ? *"],
  ["two nth days", "0 6 ? * 2#1,3#1 *"],
  ["the last weekday of a month", "0 6 LW * ? *"],
  ["a name of nothing", "0 6 ? * DAY *"],
  ["names run together", "0 6 1 JANFEB ? *"],
  ["a name with a number", "0 6 1 JAN2 ? *"],
  ["nothing", ""],
])("%s is no cron expression: %s", (_, expression) => {
  expect(readCron(expression)).toBeUndefined();
});
