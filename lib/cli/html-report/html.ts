import { cutText } from "../../domain/report-figures.ts";

const entities: Readonly<Record<string, string>> = {
  "<": "&lt;",
  ">": "&gt;",
  "&": "&amp;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand in HTML or in a quoted attribute: cut at `limit` characters, without control and direction marks. */
export const escapeHtml = (text: string, limit = 1_000): string =>
  cutText(text, limit).replaceAll(/[<>&"']/g, (mark) => entities[mark] ?? mark);

/** A cell of a table: text, aligned as a figure where `isFigure`. */
export interface Column {
  readonly title: string;
  readonly isFigure?: boolean;
}

/** A table in a box of its own that scrolls where the page is too narrow; its cells are escaped. */
export const htmlTable = (
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string => {
  const mark = (index: number): string => (columns[index]?.isFigure === true ? ' class="figure"' : "");
  const head = columns.map(({ title }, index) => `<th scope="col"${mark(index)}>${escapeHtml(title)}</th>`);
  const body = rows.map(
    (cells) =>
      `<tr>${cells.map((cell, index) => `<td${mark(index)}><bdi>${escapeHtml(cell, 300)}</bdi></td>`).join("")}</tr>`,
  );
  const label = escapeHtml(caption);
  return `<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table><caption>${label}</caption><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
};

/** A list whose items are escaped. */
export const htmlList = (items: readonly string[]): string =>
  `<ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join("")}</ul>`;
