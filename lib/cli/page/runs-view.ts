import { duration, number, time } from "./format.ts";
import { html, type Html, live } from "./html.ts";
import type { PageContent } from "./layout.ts";
import type { RunRow } from "./page-model.ts";
import { outcomeBar, pill } from "./shapes.ts";

const dropZone = html`<section class="card drop" aria-labelledby="start-title">
  <form id="upload" class="dropzone">
    <h2 id="start-title">Start a run</h2>
    <p>Drop a predictions file here, or choose one. It is a <code>.jsonl</code> file with a task on each line.</p>
    <p class="choose">
      <label class="button" for="file">Choose a file</label>
      <input id="file" name="file" type="file" accept=".jsonl" />
    </p>
    <progress id="sent" max="100" value="0" aria-label="Upload" hidden></progress>
    <p id="said" role="status" aria-live="polite"></p>
  </form>
</section>`;

const ended = ({ completed, failed, blocked, skipped }: RunRow["counts"]): number =>
  completed + failed + blocked + skipped;

const durationOf = ({ run }: RunRow): string =>
  run?.finished_at === undefined ? "–" : duration(Date.parse(run.finished_at) - Date.parse(run.started_at));

const rowOf = (row: RunRow): Html => {
  const { id, run, counts, health, answered } = row;
  const total = run?.tasks ?? 0;
  return html`<tr>
    <th scope="row"><a href="/runs/${id}">${id}</a></th>
    <td>${pill(row.status)}</td>
    <td class="wide">
      ${outcomeBar(counts, total, { id: `bar-${id}`, answered })}
      <span class="quiet">${live(`ended-${id}`, number(ended(counts) + answered))} of ${number(total)}</span>
    </td>
    <td class="n">${health === undefined ? "–" : `${health.score.toFixed(1)} ${health.status.toLowerCase()}`}</td>
    <td class="hides">${run?.config.strategy.toLowerCase().replaceAll("_", " ") ?? "–"}</td>
    <td class="hides nowrap">${run === undefined ? "–" : time(run.started_at)}</td>
    <td class="n hides">${durationOf(row)}</td>
  </tr>`;
};

const table = (rows: readonly RunRow[]): Html =>
  rows.length === 0
    ? html`<p class="empty">
        No run yet. <code>npm start -- generate --tasks 500 &gt; sample.jsonl</code> makes a file to try.
      </p>`
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Runs, the newest first">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Status</th>
              <th scope="col">Tasks ended</th>
              <th scope="col" class="n">Health</th>
              <th scope="col" class="hides">Strategy</th>
              <th scope="col" class="hides">Started</th>
              <th scope="col" class="n hides">Took</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map(rowOf)}
          </tbody>
        </table>
      </div>`;

/** The page of all runs, the newest first. */
export const showRuns = (rows: readonly RunRow[]): PageContent => ({
  title: "Runs",
  trail: [],
  isLive: true,
  parts: {
    head: html`<h1>Runs</h1>`,
    start: dropZone,
    runs: html`<section class="card" aria-labelledby="runs-title">
      <h2 id="runs-title">All runs</h2>
      ${table(rows)}
    </section>`,
  },
});
