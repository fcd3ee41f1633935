import { createPaint } from "./paint.ts";

/** A label with the lines beside it; nothing is shown where there are none. */
export interface Section {
  readonly label: string;
  readonly lines: readonly string[];
}

const LABEL_WIDTH = 12;

/** Sections one below the other, labels on the left; for stdout. */
export const renderSections = (sections: readonly Section[]): string => {
  const paint = createPaint(process.stdout);
  return sections
    .flatMap(({ label, lines }) =>
      lines.map((line, index) => {
        const beside = index === 0 ? paint("bold", label.padEnd(LABEL_WIDTH)) : " ".repeat(LABEL_WIDTH);
        return `${beside}${line}\n`;
      }),
    )
    .join("");
};
