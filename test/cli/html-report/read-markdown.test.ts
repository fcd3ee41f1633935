import { expect, test } from "vitest";

import { escapeMarkdown, markdownList, markdownTable } from "../../../lib/domain/report-markdown.ts";
import { readMarkdown } from "../../../lib/cli/html-report/read-markdown.ts";

const hostile = "a|b \\ <script>`x` [y](z) & *w*";

test("paragraphs, lists and tables of a section come back as they were before they were escaped", () => {
  const text = [
    "# Run",
    "## One",
    escapeMarkdown(hostile),
    markdownList([hostile, "second"]),
    markdownTable(["a", "b"], [[hostile, ""]]),
    "## Two",
    "end",
  ].join("\n\n");
  const sections = readMarkdown(`${text}\n`);
  expect(sections.get("One")).toEqual({
    paragraphs: [hostile],
    items: [hostile, "second"],
    tables: [[[hostile, ""]]],
  });
  expect(sections.get("Two")?.paragraphs).toEqual(["end"]);
});
