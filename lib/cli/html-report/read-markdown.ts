/** What stands under one heading of an execution report. */
export interface MarkdownSection {
  readonly paragraphs: readonly string[];
  readonly items: readonly string[];
  /** Cells of each table, without its header. */
  readonly tables: readonly (readonly (readonly string[])[])[];
}

const entities: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** Takes back what `escapeMarkdown` did. */
const unescape = (text: string): string =>
  text.replaceAll(
    /\\([\\|`*[\]])|&(?:lt|gt|amp);/g,
    (whole, mark: string | undefined) => mark ?? entities[whole] ?? whole,
  );

/** Within a cell a bar is always escaped, so this one only stands between cells. */
const readCells = (row: string): readonly string[] => row.slice(2, -2).split(" | ").map(unescape);

const readSection = (blocks: readonly string[]): MarkdownSection => {
  const isTable = (block: string): boolean => block.startsWith("| ");
  const isList = (block: string): boolean => block.startsWith("- ");
  const lists = blocks.filter((block) => isList(block));
  return {
    paragraphs: blocks.filter((block) => !isTable(block) && !isList(block)).map((block) => unescape(block)),
    items: lists.flatMap((list) => list.split("\n").map((line) => unescape(line.slice(2)))),
    tables: blocks
      .filter((block) => isTable(block))
      .map((table) =>
        table
          .split("\n")
          .slice(2)
          .map((row) => readCells(row)),
      ),
  };
};

/** The sections of `execution_report.md` by heading: its sentences are said once, and shown in two forms. */
export const readMarkdown = (text: string): ReadonlyMap<string, MarkdownSection> =>
  new Map(
    text
      .split(/^## /mu)
      .slice(1)
      .map((section) => {
        const [heading = "", ...blocks] = section.trim().split("\n\n");
        return [heading, readSection(blocks)];
      }),
  );
