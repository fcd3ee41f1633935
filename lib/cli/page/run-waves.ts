import { number } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { RunView } from "./page-model.ts";
import { outcomeBar } from "./shapes.ts";

/** Latest waves that the table names; the chart shows them all. */
const SHOWN_WAVES = 12;

const chart = ({ id, digest: { waves } }: RunView): Html => {
  const last = waves.at(-1);
  if (waves.length < 2 || last === undefined) return html``;
  const scores = waves.map(({ health_score }) => health_score);
  const low = scores.reduce((a, b) => Math.min(a, b));
  const high = scores.reduce((a, b) => Math.max(a, b));
  const address = (theme: string, width: string) =>
    `/runs/${id}/health.svg?theme=${theme}&width=${width}&waves=${waves.length}`;
  return html`<figure class="chart">
    <picture>
      <source media="(prefers-color-scheme: dark) and (max-width: 640px)" srcset="${address("dark", "narrow")}" />
      <source media="(prefers-color-scheme: dark)" srcset="${address("dark", "wide")}" />
      <source media="(max-width: 640px)" srcset="${address("light", "narrow")}" />
      <img src="${address("light", "wide")}" alt="Health and success of each wave" />
    </picture>
    <figcaption>
      Health went from ${low.toFixed(1)} to ${high.toFixed(1)} over ${waves.length} waves; the latest is
      ${last.health_score.toFixed(1)}.
    </figcaption>
  </figure>`;
};

const rowOf = (wave: RunView["waves"][number]): Html =>
  html`<tr>
    <th scope="row" class="n">${wave.wave}</th>
    <td class="wide">
      ${outcomeBar(wave, wave.tasks, { id: `wave-${wave.wave}` })}
      <span class="quiet">${number(wave.completed)} of ${number(wave.tasks)} completed</span>
    </td>
    <td class="n">${wave.health_score.toFixed(1)} ${wave.health_status.toLowerCase()}</td>
    <td class="n hides">${wave.passes}</td>
    <td class="n hides">${number(wave.retries)}</td>
  </tr>`;

const anomaliesOf = ({ waves }: RunView): Html => {
  const found = waves.flatMap(({ anomalies }) => anomalies).slice(-5);
  if (found.length === 0) return html``;
  return html`<h3>What to look at</h3>
    <ul class="anomalies">
      ${found.map(({ wave, message }) => html`<li>wave ${wave}: ${message}</li>`)}
    </ul>`;
};

const table = (waves: RunView["waves"]): Html => {
  const shown = waves.slice(-SHOWN_WAVES).toReversed();
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Waves, the latest first">
      <table>
        <thead>
          <tr>
            <th scope="col" class="n">Wave</th>
            <th scope="col">Outcomes</th>
            <th scope="col" class="n">Health</th>
            <th scope="col" class="n hides">Passes</th>
            <th scope="col" class="n hides">Retries</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(rowOf)}
        </tbody>
      </table>
    </div>
    ${waves.length > shown.length ? html`<p class="quiet">and ${waves.length - shown.length} before them</p>` : undefined}`;
};

/** The waves of a run that have ended, with their chart and what was odd about them. */
export const showWaves = (view: RunView): Html =>
  html`<section class="card" aria-labelledby="waves-title">
    <h2 id="waves-title">Waves</h2>
    ${view.waves.length === 0 ? html`<p class="quiet">None has ended yet.</p>` : html`${chart(view)} ${table(view.waves)} ${anomaliesOf(view)}`}
  </section>`;
