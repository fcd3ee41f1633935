import { formatPercent } from "../../domain/report-figures.ts";
import type { TaskRecord } from "../../domain/record.ts";
import { number, time } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { PageContent } from "./layout.ts";
import { type AgentRow, hasEnded, type RunView } from "./page-model.ts";
import { agentPath, loadOf } from "./run-agents.ts";
import { failureList } from "./run-failures.ts";
import { figure, pill } from "./shapes.ts";

const leasesOf = ({ leases }: AgentRow): Html =>
  leases.length === 0
    ? html`<p class="quiet">It holds no tasks of this run.</p>`
    : html`<ul class="plain">
        ${leases.map(({ wave, pass, weight, expiresAt }) => {
          const until = time(new Date(expiresAt).toISOString());
          return html`<li>
            Wave ${wave}, pass ${pass}: a load of ${number(Math.round(weight))}, kept for it until ${until}
          </li>`;
        })}
      </ul>`;

/** The page of an agent in a run. */
export const showAgent = (view: RunView, agent: AgentRow, failures: readonly TaskRecord[]): PageContent => ({
  title: agent.id,
  trail: [
    { path: `/runs/${view.id}`, text: view.id },
    { path: agentPath(view.id, agent.id), text: agent.id },
  ],
  isLive: !hasEnded(view),
  parts: {
    head: html`<div class="title">
        <h1>${agent.id}</h1>
        ${pill(agent.status)}
      </div>
      <p class="quiet">
        ${agent.kind} agent · ${agent.capabilities.length === 0 ? "no capabilities" : agent.capabilities.join(", ")}
      </p>
      ${
        agent.offline === undefined
          ? undefined
          : html`<p class="alert">Offline since ${time(agent.offline.since)}: ${agent.offline.reason}</p>`
      }`,
    load: html`<section class="card" aria-labelledby="load-title">
      <h2 id="load-title">Load</h2>
      ${loadOf(agent, Math.max(1, agent.current_load / agent.capacity), "held")} ${leasesOf(agent)}
    </section>`,
    totals: html`<section class="card" aria-labelledby="totals-title">
      <h2 id="totals-title">Totals <span class="quiet">over all runs</span></h2>
      <dl class="figures">
        ${figure("Completed", number(agent.completed_tasks))} ${figure("Failed", number(agent.failed_tasks))}
        ${figure("Success", agent.success_rate === null ? "–" : formatPercent(agent.success_rate))}
        ${figure("Confidence", formatPercent(agent.confidence), "stated")}
      </dl>
    </section>`,
    failures: html`<section class="card" aria-labelledby="failures-title">
      <h2 id="failures-title">Recent failures <span class="quiet">in this run</span></h2>
      ${failures.length === 0 ? html`<p class="quiet">None in the waves that have ended.</p>` : failureList(view.id, failures)}
    </section>`,
  },
});
