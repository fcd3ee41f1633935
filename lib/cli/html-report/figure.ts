import { type ChartOption, type ChartSize, drawChart } from "./draw-chart.ts";
import { type Column, escapeHtml, htmlTable } from "./html.ts";

/** A series as its legend names it. */
interface LegendEntry {
  readonly name: string;
  /** Class of its swatch. */
  readonly swatch: "completed" | "failed" | "moved" | "bar" | "line" | "dashed";
}

/** A chart with all that is said of it. */
export interface Figure {
  /** Unique in the page. */
  readonly id: string;
  /** Says what is to be seen. */
  readonly title: string;
  /** One line with the figures that matter; also what is read out in place of the drawing. */
  readonly caption: string;
  readonly legend?: readonly LegendEntry[];
  /** undefined where there is nothing to draw. */
  readonly chart: { readonly option: (size: ChartSize) => ChartOption; readonly height: number } | undefined;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** Widths that text in a drawing is readable at: of half a desk's page and of a phone. */
const widths = { wide: 560, narrow: 330 } as const;

const renderLegend = (legend: readonly LegendEntry[]): string =>
  `<ul class="legend">${legend.map(({ name, swatch }) => `<li><i class="swatch ${swatch}"></i>${escapeHtml(name)}</li>`).join("")}</ul>`;

const renderDrawings = ({ id, caption, title, chart }: Figure): string => {
  if (chart === undefined) return `<p class="empty">${escapeHtml(caption)}</p>`;
  const { option, height } = chart;
  const drawings = (["wide", "narrow"] as const).map((form) => {
    const size = { width: widths[form], height };
    return `<div class="${form}">${drawChart(option(size), size, `${id}-${form}`)}</div>`;
  });
  return `<div class="chart" role="img" aria-label="${escapeHtml(`${title}. ${caption}`)}">${drawings.join("")}</div>`;
};

/** The figure as HTML: title, drawing, caption and, to be unfolded, its figures as a table. */
export const renderFigure = (figure: Figure): string => {
  const { id, title, caption, legend, chart, columns, rows } = figure;
  const parts = [
    `<h3>${escapeHtml(title)}</h3>`,
    chart !== undefined && legend !== undefined ? renderLegend(legend) : "",
    renderDrawings(figure),
    chart === undefined ? "" : `<figcaption>${escapeHtml(caption)}</figcaption>`,
    rows.length === 0
      ? ""
      : `<details><summary>The figures<span class="sr"> of ${escapeHtml(title)}</span></summary>${htmlTable(title, columns, rows)}</details>`,
  ];
  return `<figure id="${id}">${parts.join("")}</figure>`;
};
