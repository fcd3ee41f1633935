import type { RunControl } from "../domain/run-control.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";

const count = (n: number, one: string): string => `${n.toLocaleString("en-US")} ${n === 1 ? one : `${one}s`}`;

/** A line that says what a run is about to do. */
export const renderPlan = (run: RunItem, agents: number): string =>
  [
    `run ${run.run_id}:`,
    `${count(run.tasks, "task")} in ${count(run.waves, "wave")} on ${count(agents, "agent")},`,
    `${run.config.strategy}, ${run.config.retry_strategy}`,
    ...(run.rejected_lines > 0 ? [`(${count(run.rejected_lines, "line")} rejected)`] : []),
  ].join(" ");

/** A line for a wave that has ended. */
export const renderWave = (wave: WaveItem): string => {
  const parts = [
    `wave ${wave.wave}: ${wave.completed} of ${wave.tasks} completed`,
    `health ${wave.health_score.toFixed(2)} ${wave.health_status}`,
    ...(wave.retries > 0 ? [`${wave.retries} retried`] : []),
    ...(wave.reassignments > 0 ? [`${wave.reassignments} reassigned`] : []),
    ...wave.anomalies.map(({ message }) => `! ${message}`),
  ];
  return `  ${parts.join(", ")}`;
};

/** A line for a run that an operator has paused, let go on or cancelled. */
export const renderControl = (state: RunControl["state"]): string => {
  switch (state) {
    case "PAUSED":
      return "  paused: what is under way ends, nothing new starts";
    case "RUN":
      return "  goes on";
    case "CANCELLED":
      return "  cancelled: what is under way ends, the other tasks end SKIPPED (cancelled)";
  }
};
