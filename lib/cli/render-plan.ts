import { costOf } from "../domain/bill.ts";
import type { Bound } from "../domain/capacity.ts";
import { countOf, formatNumber, formatPercent } from "../domain/report-figures.ts";
import { formatDuration } from "./html-report/format-duration.ts";
import type { AssumedPlan } from "./plan-command.ts";
import { renderCostParts } from "./render-cost-parts.ts";
import { renderTable } from "./render-runs.ts";
import { renderSections } from "./render-sections.ts";

const rateOf = (rate: number): string => formatNumber(rate, rate < 10 ? 2 : 0);

/** With thousandths where it has any: the least that the command takes. */
const plainNumber = (value: number): string => formatNumber(value, 3).replace(/\.?0+$/u, "");

const DAY_SECONDS = 86_400;

/** A time for people; from two days on in days. */
const timeOf = (seconds: number): string =>
  seconds < 2 * DAY_SECONDS ? formatDuration(1_000 * seconds) : `${formatNumber(seconds / DAY_SECONDS, 1)} days`;

const renderSplit = ({ tasks, runs, waves_per_run: waves, tasks_per_run, tasks_per_wave }: AssumedPlan): string => {
  const inWaves = `${countOf(waves, "wave")} of at most ${countOf(tasks_per_wave, "task")}`;
  return runs === 1
    ? `${countOf(tasks, "task")} in a run of ${inWaves}`
    : `${countOf(tasks, "task")} in ${countOf(runs, "run")} of at most ${countOf(tasks_per_run, "task")}, each in ${inWaves}`;
};

const renderBounds = (bounds: readonly Bound[]): readonly string[] =>
  renderTable(
    ["tasks/s", "bound", "what it is"],
    bounds.map(({ tasks_per_second: rate, name, limit, held }) => [
      rateOf(rate),
      name,
      held ? limit : `${limit} (nothing holds a run to it)`,
    ]),
    { numeric: [0] },
  )
    .trimEnd()
    .split("\n");

const renderDuration = ({ runs, run, seconds, seconds_side_by_side: together }: AssumedPlan): readonly string[] => [
  `about ${timeOf(run.seconds)} a run: tasks ${timeOf(run.dispatch_seconds)}, steps around them ${timeOf(run.step_seconds)}`,
  ...(runs === 1
    ? []
    : [`about ${timeOf(seconds)} for all runs one after the other, at best ${timeOf(together)} side by side`]),
];

/** What to raise first, and who would be overloaded at the speed that the run is expected to have. */
const renderAdvice = ({ binding, bounds }: AssumedPlan): readonly string[] => [
  `${binding.raise} (${binding.source})`,
  ...bounds
    .filter(({ held, tasks_per_second: rate }) => !held && rate < binding.tasks_per_second)
    .map(({ name, limit, raise }) => `${name}: ${limit}, fewer than will be asked of them; raise ${raise}`),
];

/** A plan for a person, with what was assumed. */
export const renderPlan = (plan: AssumedPlan): string => {
  const { assumed, tasks, usage, binding } = plan;
  return renderSections([
    { label: "Tasks", lines: [renderSplit(plan)] },
    {
      label: "Assumed",
      lines: [
        `${countOf(assumed.agents, "agent")} of capacity ${plainNumber(assumed.capacity / assumed.agents)}, ${plainNumber(assumed.attemptSeconds)} s an attempt, ${formatPercent(assumed.retried)} of attempts made again`,
      ],
    },
    { label: "Duration", lines: renderDuration(plan) },
    {
      label: "Bound by",
      lines: [`${binding.name}: ${rateOf(binding.tasks_per_second)} tasks/s`, ...renderBounds(plan.bounds)],
    },
    { label: "Raise first", lines: renderAdvice(plan) },
    { label: "Cost", lines: renderCostParts(costOf(usage, tasks)) },
  ]);
};

/** A table of plans, a row each, for those who compare sizes. */
export const renderPlans = (plans: readonly AssumedPlan[]): string =>
  renderTable(
    ["tasks", "runs", "waves a run", "bound by", "tasks/s", "a run", "all runs", "side by side", "cost", "a million"],
    plans.map((plan) => [
      formatNumber(plan.tasks),
      formatNumber(plan.runs),
      formatNumber(plan.waves_per_run),
      plan.binding.name,
      rateOf(plan.binding.tasks_per_second),
      timeOf(plan.run.seconds),
      timeOf(plan.seconds),
      timeOf(plan.seconds_side_by_side),
      `$${formatNumber(plan.bill.usd, plan.bill.usd < 1 ? 4 : 2)}`,
      `$${formatNumber(plan.usd_per_million_tasks, 2)}`,
    ]),
    { numeric: [0, 1, 2, 4, 5, 6, 7, 8, 9] },
  );
