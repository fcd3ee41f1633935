import type { EffortStep, EffortTimeline } from "../../domain/effort-timeline.ts";
import { countOf, formatNumber } from "../../domain/report-figures.ts";
import { axisName, colour, grid, nameAxis, text, valueAxis } from "./chart-style.ts";
import type { ChartOption, ChartSize } from "./draw-chart.ts";
import type { Figure } from "./figure.ts";
import { formatDuration } from "./format-duration.ts";

const startOf = ({ from_ms }: EffortStep): string => (from_ms === 0 ? "0 s" : formatDuration(from_ms));

/** Nothing but first attempts that went well. */
const isQuiet = ({ retries, backups, failures }: EffortStep): boolean => retries + backups + failures === 0;

/** Minutes and seconds, as on a clock; seconds alone where the run was that short. */
const startOnAxis = (step: EffortStep, steps: readonly EffortStep[]): string => {
  if ((steps.at(-1)?.from_ms ?? 0) < 60_000) return startOf(step);
  const seconds = Math.round(step.from_ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

const drawRetries = ({ steps }: EffortTimeline, { width }: ChartSize): ChartOption => ({
  ...grid(52, 16, 46, 14),
  xAxis: {
    ...nameAxis,
    ...axisName("time since the first attempt"),
    data: steps.map((step) => startOnAxis(step, steps)),
    axisLabel: { ...text, interval: Math.max(0, Math.ceil(steps.length / (width < 400 ? 4 : 7)) - 1) },
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
      stack: "effort",
      barMaxWidth: 36,
      barCategoryGap: "15%",
      data: steps.map(({ retries }) => retries),
      itemStyle: { color: colour.bar },
    },
    {
      type: "bar",
      stack: "effort",
      data: steps.map(({ backups }) => backups),
      itemStyle: { color: colour.moved, borderColor: colour.surface, borderWidth: 0.5 },
    },
    {
      type: "line",
      data: steps.map(({ failures }) => failures),
      color: colour.failed,
      lineStyle: { color: colour.failed, width: 2 },
      itemStyle: { color: colour.failed },
      symbol: steps.length > 24 ? "none" : "circle",
      symbolSize: 6,
    },
  ],
});

const describe = ({ steps, step_ms }: EffortTimeline): string => {
  const sum = (of: (step: EffortStep) => number): number => steps.reduce((total, step) => total + of(step), 0);
  const retries = sum((step) => step.retries);
  const worst = steps.toSorted((a, b) => b.failures - a.failures)[0];
  if (worst === undefined) return "Nothing was attempted.";
  const effort = `${countOf(retries, "retry", "retries")} and ${countOf(
    sum((step) => step.backups),
    "backup",
  )} among ${countOf(
    sum((step) => step.attempts),
    "attempt",
  )}`;
  if (worst.failures === 0) return `${effort}; none failed.`;
  return `${effort}; most failed within ${formatDuration(step_ms)} from ${startOf(worst)} on: ${formatNumber(worst.failures)}.`;
};

/** Retries, backups and failed attempts over the time of the run. */
export const retriesFigure = (timeline: EffortTimeline): Figure => ({
  id: "retries",
  title: `Retries over time, by ${formatDuration(timeline.step_ms)}`,
  caption: describe(timeline),
  legend: [
    { name: "retries on the same agent", swatch: "bar" },
    { name: "backup agent takes over", swatch: "moved" },
    { name: "failed attempts", swatch: "line" },
  ],
  chart: timeline.steps.every(isQuiet) ? undefined : { option: (size) => drawRetries(timeline, size), height: 260 },
  columns: ["from", "attempts", "retries", "backups", "failed"].map((title, index) => ({ title, isFigure: index > 0 })),
  rows: timeline.steps.map((step) => [
    startOf(step),
    formatNumber(step.attempts),
    formatNumber(step.retries),
    formatNumber(step.backups),
    formatNumber(step.failures),
  ]),
});
