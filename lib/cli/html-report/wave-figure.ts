import { countOf, formatNumber, formatPercent } from "../../domain/report-figures.ts";
import type { SystemHealth } from "../../domain/summary.ts";
import { axisName, colour, grid, nameAxis, text, valueAxis } from "./chart-style.ts";
import type { ChartOption } from "./draw-chart.ts";
import type { Figure } from "./figure.ts";

type Waves = SystemHealth["waves"];

/** Lower ends of the words for a score (SPEC H1), with how strongly each band is tinted. */
const bands = [
  { name: "POOR", from: 0, to: 50, tint: "var(--band-poor)" },
  { name: "FAIR", from: 50, to: 75, tint: "var(--band-fair)" },
  { name: "GOOD", from: 75, to: 90, tint: "var(--band-good)" },
  { name: "EXCELLENT", from: 90, to: 100, tint: "var(--band-excellent)" },
] as const;

/** Waves whose scores can stand beside their points. */
const labelledWaves = 8;

const drawWaves = (waves: Waves): ChartOption => ({
  ...grid(38, 74),
  xAxis: {
    ...nameAxis,
    ...axisName("wave", 26),
    data: waves.map(({ wave }) => String(wave)),
    boundaryGap: waves.length <= labelledWaves,
  },
  yAxis: { ...valueAxis, min: 0, max: 100, interval: 25 },
  series: [
    {
      type: "line",
      data: waves.map(({ health_score }) => health_score),
      color: colour.line,
      lineStyle: { color: colour.line, width: 2.5 },
      symbol: "circle",
      symbolSize: waves.length > 40 ? 0 : 8,
      itemStyle: { color: colour.line, borderColor: colour.surface, borderWidth: 2 },
      label: {
        ...text,
        show: waves.length <= labelledWaves,
        position: "bottom",
        distance: 7,
        color: colour.strong,
        fontWeight: 600,
        formatter: ({ value }) => formatNumber(Number(value), 1),
      },
      markArea: {
        silent: true,
        data: bands.map(({ name, from, to, tint }) => [
          {
            yAxis: from,
            name,
            itemStyle: { color: tint },
            label: { ...text, fontSize: 10, position: "right", distance: 6 },
          },
          { yAxis: to },
        ]),
      },
    },
  ],
});

const worstOf = (waves: Waves) => waves.toSorted((a, b) => a.health_score - b.health_score)[0];

const describe = (waves: Waves): string => {
  const worst = worstOf(waves);
  const first = waves[0];
  const last = waves.at(-1);
  if (worst === undefined || first === undefined || last === undefined) return "There was no wave.";
  if (waves.length === 1) return `The only wave scored ${formatNumber(first.health_score, 2)} (${first.status}).`;
  const span = `${countOf(waves.length, "wave")}: from ${formatNumber(first.health_score, 2)} (${first.status}) in the first to ${formatNumber(last.health_score, 2)} (${last.status}) in the last`;
  return `${span}; lowest in wave ${worst.wave} with ${formatNumber(worst.health_score, 2)} (${worst.status}).`;
};

/** Health by wave, as a line over the bands of its words. */
export const waveFigure = ({ waves }: SystemHealth): Figure => ({
  id: "waves",
  title: "Health by wave, 0 to 100",
  caption: describe(waves),
  chart: waves.length === 0 ? undefined : { option: () => drawWaves(waves), height: 280 },
  columns: [
    { title: "wave", isFigure: true },
    { title: "health", isFigure: true },
    { title: "status" },
    { title: "tasks", isFigure: true },
    { title: "success", isFigure: true },
    { title: "availability", isFigure: true },
    { title: "accuracy", isFigure: true },
    { title: "load balance", isFigure: true },
    { title: "anomalies", isFigure: true },
  ],
  rows: waves.map(({ wave, health_score, status, tasks, components, anomalies }) => [
    formatNumber(wave),
    formatNumber(health_score, 2),
    status,
    formatNumber(tasks),
    formatPercent(components.success_rate),
    formatPercent(components.availability),
    formatPercent(components.accuracy),
    formatPercent(components.load_balance),
    formatNumber(anomalies.length),
  ]),
});
