import { expect, test } from "vitest";
import { round } from "../../lib/domain/round.ts";

test.each([
  [95.66666, 2, 95.67],
  [0.12344, 4, 0.1234],
  [2.5, 0, 3],
])("%d rounds to %d decimals as %d", (value, digits, expected) => {
  expect(round(value, digits)).toBe(expected);
});
