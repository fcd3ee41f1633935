import { expect, test } from "vitest";

import { billedServices, prices } from "../../lib/domain/prices.ts";

test("every price names the page of AWS that it is from", () => {
  for (const { source } of Object.values(prices)) expect(source).toMatch(/^aws\.amazon\.com\/[a-z0-9/-]+$/u);
});

test("every service of a bill has a price", () => {
  expect(new Set(Object.values(prices).map(({ service }) => service))).toEqual(new Set(billedServices));
});
