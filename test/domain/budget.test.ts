import { describe, expect, test } from "vitest";

import { type Budget, budgetWarnings, findExhausted, type Spent } from "../../lib/domain/budget.ts";

const spent: Spent = { attempts: 8, cost_usd: 0.1 + 0.2, tokens: 900 };

describe("a budget", () => {
  test.each<{ title: string; budget: Budget; found: string | undefined }>([
    { title: "without limits is never spent", budget: {}, found: undefined },
    {
      title: "holds below its limits",
      budget: { max_attempts: 9, max_cost_usd: 0.31, max_tokens: 901 },
      found: undefined,
    },
    { title: "of attempts", budget: { max_attempts: 8 }, found: "max_attempts: 8 of 8 spent" },
    { title: "of money", budget: { max_cost_usd: 0.3 }, found: "max_cost_usd: 0.3 of 0.3 spent" },
    { title: "of tokens", budget: { max_tokens: 500 }, found: "max_tokens: 900 of 500 spent" },
    { title: "of time", budget: { max_seconds: 60 }, found: "max_seconds: 60 of 60 spent" },
    {
      title: "names each limit that is reached",
      budget: { max_attempts: 5, max_tokens: 1_000, max_seconds: 1 },
      found: "max_attempts: 8 of 5 spent; max_seconds: 60 of 1 spent",
    },
  ])("$title", ({ budget, found }) => {
    expect(findExhausted(budget, spent, 60)).toBe(found);
  });

  test("warns from four fifths of a limit on", () => {
    expect(budgetWarnings({ max_attempts: 10, max_tokens: 1_126 }, spent, 60)).toEqual(["max_attempts: 8 of 10 spent"]);
  });
});
