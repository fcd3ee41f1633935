import type { HistogramBin } from "../../domain/log-histogram.ts";
import type { Quantiles } from "../../domain/percentiles.ts";
import { formatNumber } from "../../domain/report-figures.ts";
import { axisName, colour, grid, referenceLine, text, valueAxis } from "./chart-style.ts";
import type { ChartOption, ChartSize } from "./draw-chart.ts";
import type { Figure } from "./figure.ts";
import { formatDuration } from "./format-duration.ts";

/** Logarithms of the times at which an axis has a label: every power of ten, and 2 and 5 times it where there is room. */
const ticksBetween = (from: number, to: number, room: number): number[] => {
  const decades = Array.from({ length: 12 }, (_, index) => index);
  const fine = decades.flatMap((power) => [power, power + Math.log10(2), power + Math.log10(5)]);
  const inside = (ticks: readonly number[]): number[] =>
    ticks.filter((tick) => tick >= from - 1e-9 && tick <= to + 1e-9);
  return inside(fine).length <= room ? inside(fine) : inside(decades);
};

const marks = ({ p50, p95, p99 }: Quantiles) =>
  [
    { name: "p50", value: p50 },
    { name: "p95", value: p95 },
    { name: "p99", value: p99 },
  ].filter((mark): mark is { name: string; value: number } => mark.value !== null);

/** Labels of lines that nearly touch stand on different heights. */
const markLines = (quantiles: Quantiles) =>
  marks(quantiles).map(({ name, value }, index) => ({
    xAxis: Math.log10(Math.max(1, value)),
    label: { ...text, color: colour.strong, fontWeight: 600, formatter: name, distance: [0, 2 + 13 * index] },
  }));

const drawLatency = (bins: readonly HistogramBin[], quantiles: Quantiles, { width }: ChartSize): ChartOption => {
  const lowest = Math.log10(bins[0]?.from_ms ?? 1);
  const highest = Math.log10(bins.at(-1)?.to_ms ?? 10);
  const room = Math.max(0, 1 - (highest - lowest)) / 2;
  const [from, to] = [Math.max(0, lowest - room), Math.max(lowest + 1, highest + room)];
  const [left, right] = [52, 14];
  const ticks = ticksBetween(from, to, width < 400 ? 5 : 9);
  return {
    ...grid(left, right, 46, 52),
    xAxis: {
      ...valueAxis,
      ...axisName("time a task took (logarithmic)"),
      min: from,
      max: to,
      splitLine: { show: false },
      axisTick: { show: true, lineStyle: { color: colour.grid }, customValues: ticks },
      axisLine: { show: true, onZero: false, lineStyle: { color: colour.grid } },
      axisLabel: { ...text, customValues: ticks, formatter: (value: number) => formatDuration(10 ** value) },
    },
    yAxis: {
      ...valueAxis,
      minInterval: 1,
      splitNumber: 4,
      axisLabel: { ...text, formatter: (value: number) => formatNumber(value) },
    },
    series: [
      {
        type: "bar",
        // A bar on an axis of figures does not know how wide its bin is.
        barWidth: Math.max(2, ((width - left - right) * 0.1) / (to - from) - 1.5),
        data: bins.map(({ from_ms, to_ms, count }) => [(Math.log10(from_ms) + Math.log10(to_ms)) / 2, count]),
        itemStyle: { color: colour.bar },
        markLine: { silent: true, symbol: "none", lineStyle: referenceLine, data: markLines(quantiles) },
      },
    ],
  };
};

const describe = ({ p50, p95, p99 }: Quantiles): string =>
  p50 === null
    ? "No task was executed, so there are no times."
    : `Half of the tasks took at most ${formatDuration(p50)}, 95 % at most ${formatDuration(p95 ?? p50)}, 99 % at most ${formatDuration(p99 ?? p50)}; waits between attempts count.`;

/** How long tasks took, as a histogram over a logarithmic axis. */
export const latencyFigure = (bins: readonly HistogramBin[], quantiles: Quantiles): Figure => ({
  id: "latency",
  title: "Time a task took, number of tasks",
  caption: describe(quantiles),
  chart: bins.length === 0 ? undefined : { option: (size) => drawLatency(bins, quantiles, size), height: 280 },
  columns: [{ title: "from" }, { title: "to" }, { title: "tasks", isFigure: true }],
  rows: bins.map(({ from_ms, to_ms, count }) => [formatDuration(from_ms), formatDuration(to_ms), formatNumber(count)]),
});
