import type { JsonValue } from "../../domain/json.ts";
import { formatPercent } from "../../domain/report-figures.ts";
import type { DependencyStory } from "../../domain/story-facts.ts";
import type { TaskStory } from "../../domain/task-story.ts";
import { number } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { PageContent } from "./layout.ts";
import type { RunView, TaskView } from "./page-model.ts";
import { taskPath } from "./run-failures.ts";
import { bar, figure, pill } from "./shapes.ts";
import { showPasses } from "./task-passes.ts";

/** A record's output or payload that a page shows; a longer one is cut and said to be. */
const MAX_TEXT = 20_000;

const block = (title: string, value: unknown): Html => {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const rest = text.length - MAX_TEXT;
  return html`<h3>${title}</h3>
    <pre tabindex="0" aria-label="${title}">${text.slice(0, MAX_TEXT)}</pre>
    ${rest > 0 ? html`<p class="quiet">and ${number(rest)} more characters</p>` : undefined}`;
};

const card = (id: string, title: string, content: Html): Html =>
  html`<section class="card" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${content}
  </section>`;

const list = (lines: readonly (string | Html)[]): Html =>
  html`<ul class="plain">
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;

const predictionOf = ({ prediction, asked }: TaskStory, payload: JsonValue): Html => {
  if (prediction === null) return html`<p class="quiet">It is not in the records at hand.</p>`;
  const { success_rate: rate, confidence, actual, delta } = prediction;
  const named = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
  const came = actual === null || delta === null ? "nothing was executed" : `off by ${delta.toFixed(2)}`;
  return html`${bar([{ value: rate, tone: "active" }], 1, `predicted to succeed with ${formatPercent(rate)}`, "rate")}
    <dl class="figures">
      ${figure("Predicted success", formatPercent(rate), came)}
      ${confidence === null ? undefined : figure("Confidence", formatPercent(confidence))}
      ${
        asked === null
          ? undefined
          : html`${figure("Priority", String(asked.priority))} ${figure("Needs", named(asked.capabilities))}
            ${figure("Depends on", named(asked.depends_on))}`
      }
    </dl>
    ${payload === null ? undefined : block("Payload", payload)}`;
};

const dependencyOf = (runId: string, { task_id: id, status, reason, wave, held_up_by: by }: DependencyStory): Html => {
  const end =
    status === null ? "has no record" : `${status}${reason === null ? "" : `, ${reason.replaceAll("_", " ")}`}`;
  return html`<a href="${taskPath(runId, id)}">${id}</a> ${end}${wave === null ? "" : `, wave ${wave}`}
    ${by === undefined ? undefined : html`; held up by ${dependencyOf(runId, by)}`}`;
};

const waveOf = ({ run_id: runId, wave, dependencies }: TaskStory): Html =>
  html`<p>${wave.number === null ? "It was put into no wave." : `It was put into wave ${wave.number}.`}</p>
    ${wave.why.length === 0 ? undefined : list(wave.why)}
    ${dependencies.length === 0 ? undefined : html`<h3>Depends on</h3>`}
    ${dependencies.length === 0 ? undefined : list(dependencies.map((each) => dependencyOf(runId, each)))}`;

const outcomeOf = ({ status, reason, outcome, signals }: TaskStory): Html => {
  if (outcome === null) return html`<p class="quiet">It has not ended. Reload to look again.</p>`;
  const { error, output, output_key: key } = outcome;
  const sent = signals.map(
    ({ signal_type: type, target_phase: phase, confidence }) =>
      `${type.replaceAll("_", " ")} to phase ${phase}, confidence ${confidence.toFixed(2)}`,
  );
  return html`<p>${pill(status)} ${(reason ?? "").replaceAll("_", " ")}</p>
    ${error === undefined ? undefined : block("Error", error)}
    ${output === undefined ? undefined : block("Output", output)}
    ${key === undefined ? undefined : html`<p>Its output is the object <code>${key}</code>.</p>`}
    ${sent.length === 0 ? undefined : html`<h3>Signals</h3>`} ${sent.length === 0 ? undefined : list(sent)}`;
};

const rejectedOf = ({ rejected }: TaskStory): Html =>
  html`<ul class="failures rejected">
    ${rejected.map(
      ({ file, reason, text }) =>
        html`<li><span>${file}: ${reason}</span> <code class="error">${text.slice(0, MAX_TEXT)}</code></li>`,
    )}
  </ul>`;

/** The page of a task: its story from the prediction to the outcome, as `why` tells it. */
export const showTask = (view: RunView, id: string, { story, payload }: TaskView): PageContent => ({
  title: id,
  trail: [
    { path: `/runs/${view.id}`, text: view.id },
    { path: taskPath(view.id, id), text: id },
  ],
  isLive: false,
  parts: {
    head: html`<div class="title">
        <h1>${id}</h1>
        ${pill(story.status)}
      </div>
      <p class="verdict">${story.headline}</p>`,
    ...(story.status === "REJECTED"
      ? { rejected: card("rejected", "Rejected", rejectedOf(story)) }
      : {
          attempts: showPasses(story),
          outcome: card("outcome", "Outcome", outcomeOf(story)),
          wave: card("wave", "Wave", waveOf(story)),
          prediction: card("prediction", "Prediction", predictionOf(story, payload)),
        }),
    ...(story.unknown.length > 0 && { unknown: card("unknown", "Not known", list(story.unknown)) }),
  },
});
