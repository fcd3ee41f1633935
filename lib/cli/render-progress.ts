import type { RunControl } from "../domain/run-control.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";
import { countOf, formatNumber } from "../domain/report-figures.ts";
import { cutText } from "./render-bar.ts";

/** A line that says what a run is about to do. */
export const renderPlan = (run: RunItem, agents: number): string =>
  [
    `run ${run.run_id}:`,
    `${countOf(run.tasks, "task")} in ${countOf(run.waves, "wave")} on ${countOf(agents, "agent")},`,
    `${run.config.strategy}, ${run.config.retry_strategy}`,
    ...(run.rejected_lines > 0 ? [`(${countOf(run.rejected_lines, "line")} rejected)`] : []),
  ].join(" ");

/** Anomalies of a wave that are told on lines of their own; all of them stand in system_health.json. */
const SHOWN_ANOMALIES = 2;

/** A wave that has ended, with a line for each of its first anomalies; lines longer than `columns` are cut. */
export const renderWaveLines = (wave: WaveItem, columns: number): readonly string[] => {
  const left = wave.anomalies.length - SHOWN_ANOMALIES;
  return [
    renderWave({ ...wave, anomalies: [] }),
    ...wave.anomalies.slice(0, SHOWN_ANOMALIES).map(({ message }) => `    ! ${message}`),
    ...(left > 0 ? [`    ! and ${left} more`] : []),
  ].map((line) => cutText(line, columns));
};

/** A line for a wave that has ended. */
export const renderWave = (wave: WaveItem): string => {
  const parts = [
    `wave ${wave.wave}: ${formatNumber(wave.completed)} of ${formatNumber(wave.tasks)} completed`,
    `health ${wave.health_score.toFixed(2)} ${wave.health_status}`,
    ...(wave.retries > 0 ? [`${formatNumber(wave.retries)} retried`] : []),
    ...(wave.reassignments > 0 ? [`${formatNumber(wave.reassignments)} reassigned`] : []),
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
