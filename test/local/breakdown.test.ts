import { expect, test } from "vitest";

import { toBreakdownError } from "../../lib/local/breakdown.ts";

test.each([
  [
    "IO error: 000005.log: No space left on device",
    "/data",
    "the data folder /data: no space left, what it holds is kept:",
  ],
  ["database or disk is full", "/data", "the data folder /data: no space left, what it holds is kept:"],
  ["disk I/O error", "/data", "the data folder /data: it cannot be used, what it holds is kept:"],
  ["out of memory", undefined, "the embedded cloud broke down:"],
])("%s in %s is explained", (message, folder, explained) => {
  const cause = new Error(message);
  expect(toBreakdownError(cause, folder)).toMatchObject({ message: `${explained} ${message}`, cause });
});
