import { createRequire } from "node:module";

import type * as Echarts from "echarts";

/** What a chart shows, in the terms of echarts. */
export type ChartOption = Echarts.EChartsOption;

/** Pixels. */
export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

/** The one minified file: the modules of the package take ten times as long to load. */
const { init } = createRequire(import.meta.url)("echarts/dist/echarts.min.js") as typeof Echarts;

/** What a browser needs of the drawing: no hover styles, no marks for scripts, and no size but the one it is given. */
const trim = (svg: string, id: string): string =>
  svg
    .replace(/<style\s*>.*?<\/style>/su, "")
    .replaceAll(/ (?:class|ecmeta_\w+|pointer-events)="[^"]*"/gu, "")
    .replace(/^<svg width="\d+" height="\d+"/u, '<svg aria-hidden="true" focusable="false"')
    .replace(/ xmlns:xlink="[^"]*" version="[^"]*" baseProfile="[^"]*"/u, "")
    .replaceAll(/zr\d+-/gu, `${id}-`);

/** Draws a chart as SVG that scales with its box. Colours may be CSS variables; `id` must be unique in the page. */
export const drawChart = (option: ChartOption, { width, height }: ChartSize, id: string): string => {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, ...option });
    return trim(chart.renderToSVGString(), id);
  } finally {
    // An open chart keeps the process alive.
    chart.dispose();
  }
};
