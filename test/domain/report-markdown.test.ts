import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeMarkdown, markdownList, markdownTable } from "../../lib/domain/report-markdown.ts";

test.each([
  ["a pipe", "a|b", "a\\|b"],
  ["a backtick", "`rm`", "\\`rm\\`"],
  ["a tag", "<script>&", "&lt;script&gt;&amp;"],
  ["a link", "[x](http://y)", "\\[x\\](http://y)"],
  ["a backslash before a pipe", "a\\|b", "a\\\\\\|b"],
  ["emphasis", "**x**", "\\*\\*x\\*\\*"],
  ["a line break", "a\nb", "a b"],
])("%s cannot change the document", (_title, text, expected) => {
  expect(escapeMarkdown(text)).toBe(expected);
});

test("ids with underscores stay readable", () => {
  expect(escapeMarkdown("agent_0:v1.2-x")).toBe("agent_0:v1.2-x");
});

test("a cell is cut at 200 characters", () => {
  expect(escapeMarkdown("x".repeat(500))).toHaveLength(200);
});

test("a table escapes its cells", () => {
  expect(markdownTable(["task", "error"], [["t|1", "a\nb"]])).toBe("| task | error |\n| --- | --- |\n| t\\|1 | a b |");
});

test("whatever stands in them, rows keep their cells", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), (a, b) => {
      const lines = markdownTable(["x", "y"], [[a, b]]).split("\n");
      expect(lines).toHaveLength(3);
      expect(lines[2]?.replaceAll(/\\./gsu, "").match(/\|/g)).toHaveLength(3);
    }),
  );
});

test("a list has an item a line", () => {
  expect(markdownList(["one\ntwo", "<three>"])).toBe("- one two\n- &lt;three&gt;");
});
