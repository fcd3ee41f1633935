import { expect, it } from "vitest";
import { closestName } from "../../lib/domain/did-you-mean.ts";

const known = ["max_retries", "max_passes", "seed", "fleet"];

it.each([
  ["a missing letter", "max_retres", "max_retries"],
  ["a wrong letter", "sead", "seed"],
  ["a letter too many", "fleets", "fleet"],
  ["camel case", "maxPasses", "max_passes"],
  ["the name itself", "seed", "seed"],
])("finds the name that was meant with %s", (_title, name, meant) => {
  expect(closestName(name, known)).toBe(meant);
});

it.each([
  ["three edits away", "max_retr"],
  ["as long as a known name and quite different", "abcd"],
  ["nothing like a known name", "a_rather_long_setting"],
])("finds none for a name %s", (_title, name) => {
  expect(closestName(name, known)).toBeUndefined();
});

it("prefers the closest name, then the first", () => {
  expect(closestName("bat", ["bits", "bag", "bar"])).toBe("bag");
});
