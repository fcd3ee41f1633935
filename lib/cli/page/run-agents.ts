import { formatPercent } from "../../domain/report-figures.ts";
import { number } from "./format.ts";
import { html, type Html, live } from "./html.ts";
import type { AgentRow, RunView } from "./page-model.ts";
import { bar, pill } from "./shapes.ts";

/** Agents that the table names; more are a file's matter. */
const SHOWN_AGENTS = 100;

/** The address of an agent's page. */
export const agentPath = (runId: string, agentId: string): string =>
  `/runs/${runId}/agent?id=${encodeURIComponent(agentId)}`;

/** The largest load of a fleet's agents relative to their capacity, 1 at the least: the length of a full bar. */
const fullLoad = (agents: readonly AgentRow[]): number =>
  agents.reduce((most, { current_load, capacity }) => Math.max(most, current_load / capacity), 1);

/** What an agent holds, as a bar and in figures; `id` is the bar's own on the page. */
export const loadOf = ({ current_load: load, capacity }: AgentRow, full: number, id: string): Html => {
  const label = `load ${load.toFixed(0)}, capacity ${capacity}`;
  return html`${bar([{ value: load / capacity, tone: "active" }], full, label, id)}
    <span class="quiet">${live(`${id}-held`, number(Math.round(load)))}, capacity ${number(capacity)}</span>`;
};

const rowOf = (agent: AgentRow, index: number, runId: string, full: number): Html => {
  const id = `agent-${index}`;
  const success = agent.success_rate === null ? "–" : formatPercent(agent.success_rate);
  return html`<tr>
    <th scope="row"><a href="${agentPath(runId, agent.id)}">${agent.id}</a></th>
    <td>${pill(agent.status)}</td>
    <td class="wide">${loadOf(agent, full, id)}</td>
    <td class="n hides">${live(`${id}-completed`, number(agent.completed_tasks))}</td>
    <td class="n hides">${live(`${id}-failed`, number(agent.failed_tasks))}</td>
    <td class="n">${live(`${id}-success`, success)}</td>
  </tr>`;
};

/** The fleet of a run as it is now; what the agents have done counts over all runs. */
export const showAgents = ({ id, agents }: RunView): Html => {
  const full = fullLoad(agents);
  const shown = agents.slice(0, SHOWN_AGENTS);
  return html`<section class="card" aria-labelledby="agents-title">
    <h2 id="agents-title">Agents <span class="quiet">load of this moment, totals of all runs</span></h2>
    ${
      agents.length === 0
        ? html`<p class="quiet">The fleet is not known before the run is planned.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Agents">
            <table>
              <thead>
                <tr>
                  <th scope="col">Agent</th>
                  <th scope="col">Status</th>
                  <th scope="col">Load held</th>
                  <th scope="col" class="n hides">Completed</th>
                  <th scope="col" class="n hides">Failed</th>
                  <th scope="col" class="n">Success</th>
                </tr>
              </thead>
              <tbody>
                ${shown.map((agent, index) => rowOf(agent, index, id, full))}
              </tbody>
            </table>
          </div>`
    }
    ${agents.length > shown.length ? html`<p class="quiet">and ${agents.length - shown.length} more</p>` : undefined}
  </section>`;
};
