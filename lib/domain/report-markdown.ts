import { cutText } from "./report-figures.ts";

const entities: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;" };

/**
 * Text from outside as it may stand anywhere in Markdown, a table cell included: on one line, cut at `limit` characters,
 * and without a way to begin markup, HTML, a link or another cell. The rest, underscores above all, stays readable as it is.
 */
export const escapeMarkdown = (text: string, limit = 200): string =>
  cutText(text, limit).replaceAll(/[\\|`*[\]<>&]/g, (mark) => entities[mark] ?? `\\${mark}`);

/** A Markdown table whose cells are escaped. */
export const markdownTable = (header: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(header),
    line(header.map(() => "---")),
    ...rows.map((cells) => line(cells.map((cell) => escapeMarkdown(cell)))),
  ].join("\n");
};

/** A Markdown list, its items escaped and cut at 1,000 characters: sentences of ours that quote text already cut. */
export const markdownList = (items: readonly string[]): string =>
  items.map((item) => `- ${escapeMarkdown(item, 1000)}`).join("\n");
