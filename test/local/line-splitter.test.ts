import { expect, test } from "vitest";
import { createLineSplitter } from "../../lib/local/line-splitter.ts";

test.each([
  ["a line in pieces", ["he", "llo\n"], ["hello"]],
  ["several lines in one piece, empty ones included", ["a\n\nb\r\n"], ["a", "", "b"]],
  ["what is left at the end", ["a\nb"], ["a", "b"]],
  ["nothing", [], []],
])("passes on %s", (_, pieces, expected) => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => void lines.push(line));
  for (const piece of pieces) splitter.write(piece);
  splitter.end();
  splitter.end();
  expect(lines).toEqual(expected);
});
