import { expect, test } from "vitest";

import { renderCost } from "../../lib/cli/render-cost.ts";
import { costOf } from "../../lib/domain/bill.ts";
import { emptyUsage } from "../../lib/domain/usage.ts";

test.each([
  [
    "a part of a dollar has four decimals",
    { lambdaRequests: 6_000 },
    1_000,
    "$0.0012 by list prices, $1.20 a million tasks",
  ],
  [
    "more than a dollar has two",
    { expressRequests: 1_234_560_000 },
    1_000_000,
    "$1,234.56 by list prices, $1,234.56 a million tasks",
  ],
  ["a run without tasks has no price for a million", { s3Puts: 100 }, 0, "$0.0005 by list prices"],
])("%s", (_title, used, tasks, line) => {
  expect(renderCost(costOf({ ...emptyUsage(), ...used }, tasks))).toBe(line);
});
