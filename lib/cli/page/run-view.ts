import { formatPercent } from "../../domain/report-figures.ts";
import { duration, number, time } from "./format.ts";
import { html, type Html, live } from "./html.ts";
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

/** A share in whole tenths, as percent: what is read out must not change all the time. */
const tenths = (share: number): number => 10 * Math.floor(10 * share);

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

/** What goes on at the moment. */
const now = ({ status, agents, progress }: RunView): string => {
  if (status === "PAUSED") return "Paused: what runs ends, nothing new starts.";
  if (status === "CANCELLING") return "Cancelled: what runs now ends.";
  const { wave, pass } = progress ?? {};
  if (wave === undefined) return "";
  const which = `Wave ${wave.wave}${pass?.pass === undefined ? "" : `, pass ${pass.pass}`}`;
  const held = sum(agents.flatMap(({ leases }) => leases.map(({ weight }) => weight)));
  const answered = pass === undefined ? "" : `${number(pass.done)} of ${number(pass.total)} tasks are answered; `;
  return `${which}: ${answered}agents hold a load of ${number(Math.round(held))}`;
};

const progress = (view: RunView): Html => {
  const { counts, run, waves, summary, answered } = view;
  const total = run?.tasks ?? 0;
  const done = counts.completed + counts.failed + counts.blocked + counts.skipped + answered;
  const share = total === 0 ? 0 : done / total;
  const took = summary === undefined ? "" : ` in ${duration(1_000 * summary.duration_seconds)}`;
  return html`<section class="card progress" aria-labelledby="progress-title">
    <h2 id="progress-title">Progress</h2>
    <p class="big"><strong>${live("done", number(done))}</strong> of ${number(total)} tasks ended${took}</p>
    ${outcomeBar(counts, total, { id: "outcomes", answered })}
    <p class="legend">
      <span class="key good">${live("completed", number(counts.completed))} completed</span>
      <span class="key poor">${live("failed", number(counts.failed))} failed</span>
      <span class="key fair">${live("held-up", number(counts.blocked + counts.skipped))} blocked or skipped</span>
      ${hasEnded(view) ? undefined : html`<span class="key active">${live("answered", number(answered))} answered in the wave that goes on</span>`}
    </p>
    <p class="quiet now">${live("now", now(view))}</p>
    <p class="unseen" aria-live="polite">
      ${live("told", `${waves.length} of ${run?.waves ?? 0} waves have ended, ${tenths(share)} % of the tasks.`)}
    </p>
    <dl class="figures">
      ${figure("Waves", live("waves-ended", number(waves.length)), `of ${run?.waves ?? "–"}`)}
      ${figure("Attempts", live("attempts-made", number(sum(waves.map(({ attempts }) => attempts)))))}
      ${figure("Retries", live("retries", number(sum(waves.map(({ retries }) => retries)))))}
      ${figure("Reassigned", live("reassigned", number(sum(waves.map(({ reassignments }) => reassignments)))))}
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
