import type { AgentEffort } from "../../domain/report-tally.ts";
import { countOf, cutText, formatNumber, formatPercent } from "../../domain/report-figures.ts";
import { colour, grid, nameAxis, referenceLine, stripes, text, valueAxis } from "./chart-style.ts";
import type { ChartOption, ChartSize } from "./draw-chart.ts";
import type { Figure } from "./figure.ts";

type Agents = readonly AgentEffort[];

const nameOf = ({ agent_id, agents }: AgentEffort): string => agent_id ?? countOf(agents, "other agent");

const triedBy = ({ completed, failed, lost }: AgentEffort): number => completed + failed + lost;

const shareOf = (agent: AgentEffort, part: number): number => (triedBy(agent) === 0 ? 0 : part / triedBy(agent));

/** Letters of an agent's name beside its bar. */
const nameLength = 15;

const heightFor = (agents: Agents): number => 62 + 26 * Math.max(2, agents.length);

const bars = (agents: Agents, right: number): ChartOption => {
  const longest = Math.max(4, ...agents.map((agent) => Math.min(nameLength, nameOf(agent).length)));
  return {
    ...grid(18 + longest * 7, right, 30, 8),
    yAxis: { ...nameAxis, inverse: true, data: agents.map((agent) => cutText(nameOf(agent), nameLength)) },
  };
};

const drawOutcomes = (agents: Agents): ChartOption => ({
  ...bars(agents, 58),
  xAxis: {
    ...valueAxis,
    max: 1,
    interval: 0.25,
    axisLabel: { ...text, formatter: (value: number) => `${value * 100} %` },
  },
  series: (["completed", "failed", "lost"] as const).map((part) => ({
    type: "bar" as const,
    stack: "outcome",
    barMaxWidth: 18,
    data: agents.map((agent) => shareOf(agent, agent[part])),
    itemStyle: {
      color: colour[part === "lost" ? "moved" : part],
      borderColor: colour.surface,
      borderWidth: 0.5,
      ...(part === "failed" && {
        decal: { ...stripes, dashArrayX: [...stripes.dashArrayX], dashArrayY: [...stripes.dashArrayY] },
      }),
    },
    label: {
      ...text,
      show: part === "lost",
      position: "right" as const,
      color: colour.strong,
      formatter: ({ dataIndex }: { readonly dataIndex: number }) => {
        const agent = agents[dataIndex];
        return agent === undefined || triedBy(agent) === 0 ? "–" : formatPercent(shareOf(agent, agent.completed));
      },
    },
  })),
});

/** The rest of the agents counts as one of them does on average: a sum would dwarf the named ones. */
const loadOf = ({ attempts, agents }: AgentEffort): number => attempts / agents;

const meanLoad = (agents: Agents): number => {
  const count = agents.reduce((sum, agent) => sum + agent.agents, 0);
  return agents.reduce((sum, agent) => sum + agent.attempts, 0) / Math.max(1, count);
};

const drawLoad = (agents: Agents, { width }: ChartSize): ChartOption => ({
  ...bars(agents, 58),
  xAxis: {
    ...valueAxis,
    splitNumber: width < 400 ? 2 : 4,
    minInterval: 1,
    axisLabel: { ...text, formatter: (value: number) => formatNumber(value) },
  },
  series: [
    {
      type: "bar",
      barMaxWidth: 18,
      data: agents.map(loadOf),
      itemStyle: { color: colour.bar },
      label: {
        ...text,
        show: true,
        position: "right",
        color: colour.strong,
        backgroundColor: colour.surface,
        padding: [1, 3],
        formatter: ({ value }: { readonly value?: unknown }) => formatNumber(Math.round(Number(value))),
      },
      markLine: {
        silent: true,
        // Beneath the figures beside the bars.
        z: 1,
        symbol: "none",
        lineStyle: referenceLine,
        label: { show: false },
        data: [{ xAxis: meanLoad(agents) }],
      },
    },
  ],
});

const describeOutcomes = (agents: Agents): string => {
  const named = agents.filter((agent) => agent.agent_id !== null && triedBy(agent) > 0);
  const ranked = named.toSorted((a, b) => shareOf(a, a.completed) - shareOf(b, b.completed));
  const [weakest, strongest] = [ranked[0], ranked.at(-1)];
  if (weakest === undefined || strongest === undefined) return "No agent executed a task.";
  const words = (agent: AgentEffort): string =>
    `${cutText(nameOf(agent), 40)} completed ${formatPercent(shareOf(agent, agent.completed))} of ${countOf(triedBy(agent), "task")}`;
  return weakest === strongest ? `${words(weakest)}.` : `Strongest: ${words(strongest)}; weakest: ${words(weakest)}.`;
};

/** How the tasks of each agent ended, as shares. */
export const outcomesFigure = (agents: Agents): Figure => ({
  id: "outcomes",
  title: "Outcomes by agent, share of the tasks it had",
  caption: describeOutcomes(agents),
  legend: [
    { name: "completed (the figure at the right)", swatch: "completed" },
    { name: "failed", swatch: "failed" },
    { name: "lost to a backup", swatch: "moved" },
  ],
  chart: agents.length === 0 ? undefined : { option: () => drawOutcomes(agents), height: heightFor(agents) },
  columns: [
    { title: "agent" },
    { title: "completed", isFigure: true },
    { title: "failed", isFigure: true },
    { title: "lost to backups", isFigure: true },
    { title: "completed share", isFigure: true },
  ],
  rows: agents.map((agent) => [
    nameOf(agent),
    formatNumber(agent.completed),
    formatNumber(agent.failed),
    formatNumber(agent.lost),
    triedBy(agent) === 0 ? "–" : formatPercent(shareOf(agent, agent.completed)),
  ]),
});

const describeLoad = (agents: Agents): string => {
  const named = agents.filter(({ agent_id }) => agent_id !== null).toSorted((a, b) => b.attempts - a.attempts);
  const [most, least] = [named[0], named.at(-1)];
  if (most === undefined || least === undefined) return "No agent had anything to do.";
  if (most === least) return `${cutText(nameOf(most), 40)} made all ${countOf(most.attempts, "attempt")}.`;
  return `Most: ${cutText(nameOf(most), 40)} with ${countOf(most.attempts, "attempt")}; least shown: ${cutText(nameOf(least), 40)} with ${formatNumber(least.attempts)}; the mean is ${formatNumber(meanLoad(agents), 1)}.`;
};

/** How many attempts each agent made. */
export const loadFigure = (agents: Agents): Figure => ({
  id: "load",
  title: "Load by agent, attempts",
  caption: describeLoad(agents),
  legend: [
    { name: agents.at(-1)?.agent_id === null ? "attempts (others: each, on average)" : "attempts", swatch: "bar" },
    { name: "mean of all agents", swatch: "dashed" },
  ],
  chart: agents.length === 0 ? undefined : { option: (size) => drawLoad(agents, size), height: heightFor(agents) },
  columns: [
    { title: "agent" },
    { title: "attempts", isFigure: true },
    { title: "time in attempts, s", isFigure: true },
  ],
  rows: agents.map((agent) => [nameOf(agent), formatNumber(agent.attempts), formatNumber(agent.busy_ms / 1_000, 1)]),
});
