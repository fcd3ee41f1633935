import { expect, test } from "vitest";

import { formatDuration } from "../../../lib/cli/html-report/format-duration.ts";

test.each([
  [0, "0 ms"],
  [0.5, "0.5 ms"],
  [999, "999 ms"],
  [10 ** 3 - 1e-10, "1 s"],
  [1_550, "1.55 s"],
  [59_600, "1 min"],
  [242_000, "4 min 2 s"],
  [7_260_000, "2 h 1 min"],
])("%d ms is told as %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});
