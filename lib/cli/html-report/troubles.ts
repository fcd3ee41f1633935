import type { Anomaly } from "../../domain/anomalies.ts";
import { countOf, formatNumber } from "../../domain/report-figures.ts";
import type { ReportFigures } from "../../domain/report-tally.ts";
import { escapeHtml, htmlTable } from "./html.ts";
import type { MarkdownSection } from "./read-markdown.ts";

const shownAnomalies = 50;

const anomalyNames: Readonly<Record<Anomaly["type"], string>> = {
  success_drop: "success fell",
  stuck_agent: "agent stuck",
  out_of_range: "figure out of range",
  count_mismatch: "counts do not add up",
  budget: "budget nearly spent",
};

/** What was out of the ordinary, wave by wave. */
export const renderAnomalies = (anomalies: readonly Anomaly[]): string => {
  if (anomalies.length === 0) return '<p class="empty">No anomalies in any wave.</p>';
  const rows = anomalies
    .slice(0, shownAnomalies)
    .map(({ wave, type, message }) => [formatNumber(wave), anomalyNames[type], message]);
  const left = anomalies.length - rows.length;
  const more = left > 0 ? `<p>${countOf(left, "more anomaly", "more anomalies")} in system_health.json.</p>` : "";
  return (
    htmlTable("Anomalies", [{ title: "wave", isFigure: true }, { title: "what" }, { title: "figures" }], rows) + more
  );
};

/** Why tasks did not complete: the reasons with their counts and meanings, then examples of every reason. */
export const renderFailures = ({ totals, failures }: ReportFigures, section: MarkdownSection | undefined): string => {
  const missed = totals.tasks - totals.by_status.COMPLETED;
  if (missed === 0) return '<p class="empty">Nothing failed.</p>';
  const reasons = htmlTable(
    "Reasons",
    [{ title: "reason" }, { title: "status" }, { title: "tasks", isFigure: true }, { title: "meaning" }],
    section?.tables[0] ?? [],
  );
  const all = failures.length === missed;
  const examples = htmlTable(
    all ? "The tasks" : `${countOf(failures.length, "example")} of ${formatNumber(missed)}, from every reason`,
    [
      { title: "task" },
      { title: "wave", isFigure: true },
      { title: "reason" },
      { title: "agent" },
      { title: "attempts", isFigure: true },
      { title: "error" },
    ],
    failures.map(({ task_id, wave, reason, agent_id, attempts, error }) => [
      task_id,
      formatNumber(wave),
      reason,
      agent_id ?? "–",
      formatNumber(attempts),
      error === "" ? "–" : error,
    ]),
  );
  const note = all ? "" : `<p>${escapeHtml("All of them stand in results.jsonl.")}</p>`;
  return `${reasons}${examples}${note}`;
};
