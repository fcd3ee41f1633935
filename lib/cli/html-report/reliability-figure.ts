import type { Calibration } from "../../domain/calibration.ts";
import { formatNumber, formatPercent } from "../../domain/report-figures.ts";
import { axisName, colour, grid, referenceLine, text, valueAxis } from "./chart-style.ts";
import type { ChartOption } from "./draw-chart.ts";
import type { Figure } from "./figure.ts";

type Bins = Calibration["bins"];

const percentAxis = {
  ...valueAxis,
  min: 0,
  max: 1,
  interval: 0.25,
  axisTick: { show: false },
  axisLabel: { ...text, formatter: (value: number) => `${value * 100} %` },
} as const;

/** Points of more tasks are larger, so that few tasks do not pass for many. */
const sizeOf = (count: number, most: number): number => 9 + 17 * Math.sqrt(count / Math.max(1, most));

const drawReliability = (bins: Bins): ChartOption => {
  const most = Math.max(...bins.map(({ count }) => count));
  return {
    ...grid(70, 24, 46, 16),
    xAxis: { ...percentAxis, ...axisName("predicted success") },
    yAxis: { ...percentAxis, ...axisName("completed", 48) },
    series: [
      {
        type: "line",
        data: [
          [0, 0],
          [1, 1],
        ],
        symbol: "none",
        lineStyle: referenceLine,
      },
      {
        type: "line",
        data: bins.map(({ count, mean_predicted, observed_rate }) => ({
          value: [mean_predicted, observed_rate],
          symbolSize: sizeOf(count, most),
          label: {
            ...text,
            show: true,
            position: observed_rate < mean_predicted ? ("bottom" as const) : ("top" as const),
            color: colour.strong,
            formatter: formatNumber(count),
          },
        })),
        symbol: "circle",
        lineStyle: { color: colour.line, width: 1.5, opacity: 0.6 },
        itemStyle: { color: colour.line, borderColor: colour.surface, borderWidth: 1.5, opacity: 1 },
      },
    ],
  };
};

/** What was predicted against what came, by bins of predicted success. `sentence` says which way predictions erred. */
export const reliabilityFigure = ({ bins }: Calibration, sentence: string): Figure => ({
  id: "reliability",
  title: "Predictions against what happened, tasks beside the points",
  caption: sentence,
  legend: [{ name: "below the dashed line: promised too much; above: too little", swatch: "dashed" }],
  chart: bins.length === 0 ? undefined : { option: () => drawReliability(bins), height: 320 },
  columns: ["predicted", "tasks", "mean predicted", "completed"].map((title, index) => ({
    title,
    isFigure: index > 0,
  })),
  rows: bins.map(({ from, to, count, mean_predicted, observed_rate }) => [
    `${formatNumber(from, 1)} to ${formatNumber(to, 1)}`,
    formatNumber(count),
    formatPercent(mean_predicted),
    formatPercent(observed_rate),
  ]),
});
