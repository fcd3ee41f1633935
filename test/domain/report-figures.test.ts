import { expect, test } from "vitest";
import { countOf, cutText, formatNumber, formatPercent, listNames } from "../../lib/domain/report-figures.ts";

test.each([
  [1234567, 0, "1,234,567"],
  [0.12345, 4, "0.1235"],
  [24138.84, 1, "24,138.8"],
  [null, 0, "–"],
  [NaN, 2, "–"],
  [Infinity, 0, "–"],
])("the number %s with %d decimals is written %s", (value, digits, expected) => {
  expect(formatNumber(value, digits)).toBe(expected);
});

test.each([
  [0.9666, "96.7 %"],
  [null, "–"],
  [NaN, "–"],
])("the share %s is written %s", (share, expected) => {
  expect(formatPercent(share)).toBe(expected);
});

test.each([
  [0, "0 tasks"],
  [1, "1 task"],
  [2, "2 tasks"],
  [1000, "1,000 tasks"],
])("a count of %d tasks is written %s", (count, expected) => {
  expect(countOf(count, "task")).toBe(expected);
});

test("a plural that is not formed with s is given", () => {
  expect(countOf(2, "retry", "retries")).toBe("2 retries");
});

test("more than five names are counted", () => {
  expect(listNames(["a", "b", "c", "d", "e"])).toBe("a, b, c, d, e");
  expect(listNames(["a", "b", "c", "d", "e", "f", "g"])).toBe("a, b, c, d, e and 2 more");
});

test("text within the limit stays whole, longer text ends with an ellipsis", () => {
  expect(cutText("x".repeat(200))).toBe("x".repeat(200));
  expect(cutText("x".repeat(201))).toBe(`${"x".repeat(199)}…`);
});

test("a cut never splits a character", () => {
  expect(cutText(`${"x".repeat(198)}😀😀`)).toBe(`${"x".repeat(198)}…`);
});

test("line breaks, control and direction marks become spaces", () => {
  expect(cutText("a\r\nb\nc\u0000d\u202ee\u2028f")).toBe("a b c d e f");
});
