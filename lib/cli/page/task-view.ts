import { formatPercent } from "../../domain/report-figures.ts";
import type { AttemptLogEntry, Decision, TaskRecord } from "../../domain/record.ts";
import type { Task } from "../../domain/task.ts";
import { duration, number, time } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { PageContent } from "./layout.ts";
import type { RunView, TaskView } from "./page-model.ts";
import { agentPath } from "./run-agents.ts";
import { reasonOf, taskPath } from "./run-failures.ts";
import { bar, figure, pill } from "./shapes.ts";

/** A record's output or payload that a page shows; a longer one is cut and said to be. */
const MAX_TEXT = 20_000;

const block = (title: string, value: unknown): Html => {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const rest = text.length - MAX_TEXT;
  return html`<h3>${title}</h3>
    <pre tabindex="0" aria-label="${title}">${text.slice(0, MAX_TEXT)}</pre>
    ${rest > 0 ? html`<p class="quiet">and ${number(rest)} more characters</p>` : undefined}`;
};

const verdict = (id: string, { record }: TaskView): string => {
  if (record === undefined)
    return "It has not ended: a task's record is written when its wave ends. Reload to look again.";
  if (record.status === "COMPLETED") {
    const attempts = record.attempts === 1 ? "at the first attempt" : `after ${record.attempts} attempts`;
    return `${id} completed ${attempts}, on ${record.agent_id}.`;
  }
  const where = record.agent_id === null ? "It was given to no agent." : `The last attempt was on ${record.agent_id}.`;
  return `${id} ended ${record.status}: ${reasonOf(record)}. ${where}`;
};

const prediction = (record: TaskRecord | undefined, task: Task | undefined): Html => {
  const rate = record?.predicted_success_rate ?? task?.success_rate ?? 0;
  const named = (names: readonly string[] = []) => (names.length === 0 ? "none" : names.join(", "));
  return html`<section class="card" aria-labelledby="prediction-title">
    <h2 id="prediction-title">Prediction</h2>
    ${bar([{ value: rate, tone: "active" }], 1, `predicted to succeed with ${formatPercent(rate)}`)}
    <dl class="figures">
      ${figure("Predicted success", formatPercent(rate))}
      ${
        task === undefined
          ? undefined
          : html`${figure("Confidence", formatPercent(task.confidence))} ${figure("Priority", String(task.priority))}
            ${figure("Needs", named(task.capabilities))} ${figure("Depends on", named(task.depends_on))}`
      }
    </dl>
    ${task === undefined || task.payload === null ? undefined : block("Payload", task.payload)}
  </section>`;
};

const choice = (decision: Decision | null, wave: number | undefined): Html => {
  const passed = Object.entries(decision?.passed_over ?? {});
  return html`<section class="card" aria-labelledby="decision-title">
    <h2 id="decision-title">Wave and agent</h2>
    <p>${wave === undefined ? "It was put into no wave." : `It was put into wave ${wave}.`}</p>
    ${
      decision === null
        ? html`<p>No agent was chosen for it.</p>`
        : html`<p>
              The strategy ${decision.strategy.toLowerCase().replaceAll("_", " ")} chose among ${decision.eligible}
              eligible ${decision.eligible === 1 ? "agent" : "agents"}; the chosen one had a load of
              ${formatPercent(decision.load)} of its capacity.
              ${decision.probe === true ? "It was offline, and the task was to find out whether it answers again." : ""}
            </p>
            <p>
              ${
                passed.length === 0
                  ? "No agent was passed over."
                  : `Passed over: ${passed.map(([reason, n]) => `${n} for ${reason.replaceAll("_", " ")}`).join(", ")}.`
              }
            </p>`
    }
  </section>`;
};

const attemptOf = (runId: string, entry: AttemptLogEntry): Html =>
  html`<li class="${entry.error === undefined ? "good" : "poor"}">
    <p>
      <strong>Pass ${entry.pass}, attempt ${entry.attempt}</strong> on
      <a href="${agentPath(runId, entry.agent_id)}">${entry.agent_id}</a>
      <span class="quiet">${time(entry.started_at)}, ${duration(entry.duration_ms)}</span>
    </p>
    ${entry.error === undefined ? html`<p>succeeded</p>` : html`<pre tabindex="0" aria-label="Error of the attempt">${entry.error}</pre>`}
  </li>`;

const attempts = (runId: string, { attempt_log: log, duration_ms }: TaskRecord): Html =>
  html`<section class="card" aria-labelledby="attempts-title">
    <h2 id="attempts-title">
      Attempts <span class="quiet">${log.length === 0 ? "" : `over ${duration(duration_ms)}`}</span>
    </h2>
    ${
      log.length === 0
        ? html`<p class="quiet">Nothing was executed.</p>`
        : html`<ol class="attempts">
            ${log.map((entry) => attemptOf(runId, entry))}
          </ol>`
    }
  </section>`;

const outcome = (record: TaskRecord): Html => {
  const { error, output, output_key: key, output_bytes: bytes } = record;
  return html`<section class="card" aria-labelledby="outcome-title">
    <h2 id="outcome-title">Outcome</h2>
    <p>${pill(record.status)} ${reasonOf(record)}</p>
    ${error === undefined ? undefined : block("Error", error)}
    ${output === undefined ? undefined : block("Output", output)}
    ${key === undefined ? undefined : html`<p>Its output of ${number(bytes ?? 0)} bytes is the object <code>${key}</code>.</p>`}
  </section>`;
};

/** The page of a task: its story from the prediction to the outcome. */
export const showTask = (view: RunView, id: string, story: TaskView): PageContent => {
  const { record, task, wave } = story;
  return {
    title: id,
    trail: [
      { path: `/runs/${view.id}`, text: view.id },
      { path: taskPath(view.id, id), text: id },
    ],
    isLive: false,
    parts: {
      head: html`<div class="title">
          <h1>${id}</h1>
          ${pill(record?.status ?? "PENDING")}
        </div>
        <p class="verdict">${verdict(id, story)}</p>`,
      ...(record !== undefined && { attempts: attempts(view.id, record), outcome: outcome(record) }),
      decision: choice(record?.decision ?? null, wave),
      prediction: prediction(record, task),
    },
  };
};
