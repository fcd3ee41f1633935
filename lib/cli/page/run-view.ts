import { formatPercent } from "../../domain/report-figures.ts";
import { duration, number, time } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { PageContent } from "./layout.ts";
import { hasEnded, type RunView } from "./page-model.ts";
import { showAgents } from "./run-agents.ts";
import { showFailures, showRejections } from "./run-failures.ts";
import { showWaves } from "./run-waves.ts";
import { figure, gauge, outcomeBar, pill } from "./shapes.ts";

/** What the server knows of a run beside its stack. */
export interface RunSurroundings {
  /** Whether there is a report of it on this machine. */
  readonly hasReport: boolean;
  /** Epoch ms. */
  readonly now: number;
}

/** How long after the end of a run its report may still be written. */
const REPORT_WITHIN_MS = 15_000;

const isSettled = (view: RunView, { hasReport, now: at }: RunSurroundings): boolean =>
  hasEnded(view) && (hasReport || at - Date.parse(view.run?.finished_at ?? "1970-01-01") > REPORT_WITHIN_MS);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

const head = (view: RunView, { hasReport }: RunSurroundings): Html => {
  const { id, run, status, error } = view;
  const facts =
    run === undefined
      ? "Its input is being read."
      : `fleet ${run.config.fleet} · ${run.config.strategy.toLowerCase().replaceAll("_", " ")} · ${run.config.retry_strategy.toLowerCase()} retries · started ${time(run.started_at)}`;
  return html`<div class="title">
      <h1>${id}</h1>
      ${pill(status)}
    </div>
    <p class="quiet">${facts}</p>
    ${error === undefined ? undefined : html`<p class="alert" role="alert">${error}</p>`}
    ${hasReport ? html`<p><a class="button" href="/runs/${id}/report">Open the report</a></p>` : undefined}`;
};

const components = ({ components: parts }: RunView): Html =>
  parts === undefined
    ? html`<p class="quiet">The first figures come with the end of the first wave.</p>`
    : html`<dl class="parts">
        ${[
          ["Success", parts.success_rate],
          ["Availability", parts.availability],
          ["Accuracy", parts.accuracy],
          ["Load balance", parts.load_balance],
        ].map(
          ([name, value]) =>
            html`<div>
              <dt>${name as string}</dt>
              <dd>${formatPercent(value as number)}</dd>
            </div>`,
        )}
      </dl>`;

const health = (view: RunView): Html => {
  const last = view.waves.at(-1);
  const of = hasEnded(view) || last === undefined ? "of the run" : `of wave ${last.wave}`;
  return html`<section class="card health" aria-labelledby="health-title">
    <h2 id="health-title">Health <span class="quiet">${of}</span></h2>
    ${gauge(view.health, of)} ${components(view)}
  </section>`;
};

/** The wave and pass that the fleet's leases tell of. */
const now = (view: RunView): string => {
  const leases = view.agents.flatMap((agent) => agent.leases);
  const [first] = leases.toSorted((a, b) => a.wave - b.wave || b.pass - a.pass);
  if (view.status === "PAUSED") return "Paused: what runs ends, nothing new starts.";
  if (view.status === "CANCELLING") return "Cancelled: what runs now ends.";
  if (hasEnded(view) || first === undefined) return "";
  const weight = sum(leases.map((lease) => lease.weight));
  return `Wave ${first.wave}, pass ${first.pass}: agents hold a load of ${number(Math.round(weight))}`;
};

const progress = (view: RunView): Html => {
  const { counts, run, waves, summary } = view;
  const total = run?.tasks ?? 0;
  const done = counts.completed + counts.failed + counts.blocked + counts.skipped;
  const share = total === 0 ? 0 : done / total;
  const took = summary === undefined ? "" : ` in ${duration(1_000 * summary.duration_seconds)}`;
  return html`<section class="card progress" aria-labelledby="progress-title">
    <h2 id="progress-title">Progress</h2>
    <p class="big"><strong>${number(done)}</strong> of ${number(total)} tasks ended${took}</p>
    ${outcomeBar(counts, total)}
    <p class="legend">
      <span class="key good">${number(counts.completed)} completed</span>
      <span class="key poor">${number(counts.failed)} failed</span>
      <span class="key fair">${number(counts.blocked + counts.skipped)} blocked or skipped</span>
    </p>
    <p class="quiet now">${now(view)}</p>
    <p class="unseen" aria-live="polite">
      ${waves.length} of ${run?.waves ?? 0} waves have ended, ${Math.floor(100 * share)} % of the tasks.
    </p>
    <dl class="figures">
      ${figure("Waves", `${waves.length}`, `of ${run?.waves ?? "–"}`)}
      ${figure("Attempts", number(sum(waves.map(({ attempts }) => attempts))))}
      ${figure("Retries", number(sum(waves.map(({ retries }) => retries))))}
      ${figure("Reassigned", number(sum(waves.map(({ reassignments }) => reassignments))))}
      ${figure("Rejected lines", number(run?.rejected_lines ?? 0))}
      ${summary === undefined ? undefined : figure("Tasks a second", number(Math.round(summary.throughput_tasks_per_second)))}
    </dl>
  </section>`;
};

const signals = ({ waves }: RunView): Html => {
  const phases = new Map<string, number>();
  for (const { signals: sent } of waves) {
    for (const [phase, count] of Object.entries(sent.by_phase)) phases.set(phase, (phases.get(phase) ?? 0) + count);
  }
  return html`<section class="card" aria-labelledby="signals-title">
    <h2 id="signals-title">Signals</h2>
    ${
      phases.size === 0
        ? html`<p class="quiet">Sent when a wave ends; none so far.</p>`
        : html`<dl class="figures">
            ${[...phases].toSorted(([a], [b]) => Number(a) - Number(b)).map(([phase, count]) => figure(`To phase ${phase}`, number(count)))}
          </dl>`
    }
  </section>`;
};

/** The page of a run. */
export const showRun = (view: RunView, surroundings: RunSurroundings): PageContent => ({
  title: view.id,
  trail: [{ path: `/runs/${view.id}`, text: view.id }],
  isLive: !isSettled(view, surroundings),
  parts: {
    head: head(view, surroundings),
    progress: progress(view),
    health: health(view),
    signals: signals(view),
    waves: showWaves(view),
    agents: showAgents(view),
    failures: showFailures(view),
    rejected: showRejections(view),
  },
});
