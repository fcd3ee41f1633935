import { createRequire } from "node:module";

import type * as Echarts from "echarts";

import type { WaveItem } from "../../domain/run-item.ts";

/** The one minified file: the modules of the package take 0.4 s more, and the page is served from the start. */
const { init } = createRequire(import.meta.url)("echarts/dist/echarts.min.js") as typeof Echarts;

/** How a chart is drawn. */
export interface ChartStyle {
  readonly theme: "light" | "dark";
  readonly width: "wide" | "narrow";
}

const colours = {
  light: { text: "#59616f", line: "#e3e7ed", health: "#2458d3", success: "#1a7f52" },
  dark: { text: "#9aa5b5", line: "#2a313c", health: "#8ab0ff", success: "#4cc38a" },
} as const;

const sizes = { wide: { width: 920, height: 240 }, narrow: { width: 360, height: 220 } } as const;

type Waves = readonly Pick<WaveItem, "wave" | "health_score" | "success_rate">[];

const draw = (waves: Waves, { theme, width }: ChartStyle): string => {
  const colour = colours[theme];
  const chart = init(null, null, { renderer: "svg", ssr: true, ...sizes[width] });
  const line = (name: string, stroke: string, data: readonly number[], dashed: boolean) => ({
    name,
    type: "line" as const,
    data: [...data],
    showSymbol: waves.length <= 30,
    symbolSize: 6,
    lineStyle: { width: 2, type: dashed ? ("dashed" as const) : ("solid" as const) },
    itemStyle: { color: stroke },
  });
  const text = { color: colour.text, fontFamily: "system-ui, sans-serif", fontSize: 12 };
  chart.setOption({
    animation: false,
    textStyle: text,
    grid: { left: 40, right: 16, top: 36, bottom: 28 },
    legend: { top: 0, left: 0, itemWidth: 24, textStyle: text },
    xAxis: {
      type: "category",
      data: waves.map(({ wave }) => `wave ${wave}`),
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: colour.line } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: 100,
      interval: 25,
      axisLabel: text,
      splitLine: { lineStyle: { color: colour.line } },
    },
    series: [
      line(
        "Health",
        colour.health,
        waves.map(({ health_score }) => health_score),
        false,
      ),
      line(
        "Success, %",
        colour.success,
        waves.map(({ success_rate }) => 100 * success_rate),
        true,
      ),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
};

const drawn = new WeakMap<Waves, Map<string, string>>();

/** Health and success of each wave as an SVG image; of the same list it is drawn once in each style. */
export const drawHealth = (waves: Waves, style: ChartStyle): string => {
  const charts = drawn.get(waves) ?? new Map<string, string>();
  drawn.set(waves, charts);
  const name = `${style.theme} ${style.width}`;
  const svg = charts.get(name) ?? draw(waves, style);
  charts.set(name, svg);
  return svg;
};
