import type { TaskRecord } from "../../domain/record.ts";
import { html, type Html } from "./html.ts";
import { hasEnded, type RunView, SHOWN_FAILURES } from "./page-model.ts";
import { pill } from "./shapes.ts";

/** The address of a task's story. */
export const taskPath = (runId: string, taskId: string): string =>
  `/runs/${runId}/task?id=${encodeURIComponent(taskId)}`;

/** A reason of a record in words. */
const reasonOf = ({ reason }: TaskRecord): string => (reason ?? "").replaceAll("_", " ");

const MAX_SHOWN = 200;
const cut = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

/** Failed tasks as a list that links to their stories. */
export const failureList = (runId: string, failures: readonly TaskRecord[]): Html =>
  html`<ul class="failures">
    ${failures.map(
      (record) =>
        html`<li>
          <a href="${taskPath(runId, record.task_id)}">${record.task_id}</a>
          ${pill(record.status)}
          <span>${reasonOf(record)}</span>
          ${record.error === undefined ? undefined : html`<code class="error">${cut(record.error)}</code>`}
        </li>`,
    )}
  </ul>`;

/** A run that broke off ended tasks of waves that were never scored: of these only results.jsonl tells. */
const allCompleted = ({ status }: RunView): string =>
  status === "FINISHED" ? "Every task completed." : "The run broke off: results.jsonl says what became of each task.";

/** The first tasks of a run that did not complete. */
export const showFailures = (view: RunView): Html => {
  const { failures } = view.digest;
  return html`<section class="card" aria-labelledby="failures-title">
    <h2 id="failures-title">Not completed</h2>
    ${
      failures.length === 0
        ? html`<p class="quiet">${hasEnded(view) ? allCompleted(view) : "None so far."}</p>`
        : failureList(view.id, failures)
    }
    ${
      failures.length < SHOWN_FAILURES
        ? undefined
        : html`<p class="quiet">These are the first ${SHOWN_FAILURES}; results.jsonl has them all.</p>`
    }
  </section>`;
};

/** The first lines of a run's input that were rejected. */
export const showRejections = ({ run, rejections }: RunView): Html =>
  rejections.length === 0
    ? html``
    : html`<section class="card" aria-labelledby="rejected-title">
        <h2 id="rejected-title">
          Rejected lines <span class="quiet">${rejections.length} of ${run?.rejected_lines ?? 0}</span>
        </h2>
        <ul class="failures rejected">
          ${rejections.map(
            ({ file, reason, text }) =>
              html`<li>
                <span>${file}: ${cut(reason)}</span>
                <code class="error">${cut(text)}</code>
              </li>`,
          )}
        </ul>
      </section>`;
