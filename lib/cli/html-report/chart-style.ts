import type { ChartOption } from "./draw-chart.ts";

/** Colours by what they mean; each is a variable of the style sheet, which has one value for light and one for dark. */
export const colour = {
  text: "var(--text-2)",
  strong: "var(--text)",
  grid: "var(--grid)",
  surface: "var(--surface)",
  line: "var(--accent)",
  completed: "var(--completed)",
  failed: "var(--failed)",
  moved: "var(--moved)",
  bar: "var(--bar)",
} as const;

/** Text of axes and labels. */
export const text = { color: colour.text, fontSize: 12, fontFamily: "var(--sans)", textBorderWidth: 0 } as const;

/** Stripes, so that failures are told apart without colour. */
export const stripes = {
  symbol: "rect",
  dashArrayX: [1, 0],
  dashArrayY: [2, 4],
  rotation: -Math.PI / 4,
  color: colour.surface,
} as const;

/** A dashed line that stands for what a figure is compared with. */
export const referenceLine = { color: colour.strong, type: "dashed", width: 1.25 } as const;

const quietLine = { show: true, lineStyle: { color: colour.grid, width: 1 } } as const;

/** An axis of figures, with its grid lines. */
export const valueAxis = { type: "value", axisLabel: text, splitLine: quietLine, axisLine: { show: false } } as const;

/** An axis of names. */
export const nameAxis = {
  type: "category",
  axisLabel: text,
  axisTick: { show: false },
  axisLine: quietLine,
} as const;

/** The name of an axis, at its end. */
export const axisName = (name: string, gap = 30) =>
  ({ name, nameLocation: "middle", nameGap: gap, nameTextStyle: text }) as const;

/** The room around a drawing; labels of axes are counted in by the caller. */
export const grid = (left: number, right: number, bottom = 44, top = 20): Pick<ChartOption, "grid"> => ({
  grid: { left, right, top, bottom, outerBoundsMode: "none" },
});
