import type { Decision } from "../../domain/record.ts";
import { formatPercent } from "../../domain/report-figures.ts";
import type { AttemptStory, PassStory } from "../../domain/story-passes.ts";
import type { TaskStory } from "../../domain/task-story.ts";
import { duration, time } from "./format.ts";
import { html, type Html } from "./html.ts";
import { agentPath } from "./run-agents.ts";

const choiceOf = (decision: Decision | null): Html => {
  if (decision === null) return html`<p class="quiet">Why this agent was chosen is not in the records at hand.</p>`;
  const { strategy, eligible, load, passed_over: over, probe } = decision;
  const passed = Object.entries(over).map(([reason, count]) => `${count} for ${reason.replaceAll("_", " ")}`);
  return html`<p class="quiet">
    Chosen by ${strategy.toLowerCase().replaceAll("_", " ")} from ${eligible} eligible
    ${eligible === 1 ? "agent" : "agents"} when its load was ${formatPercent(load)} of its capacity.
    ${passed.length === 0 ? "No agent was passed over." : `Passed over: ${passed.join(", ")}.`}
    ${probe === true ? "It was offline, and the task was to find out whether it answers again." : ""}
  </p>`;
};

const agentLink = (runId: string, id: string): Html => html`<a href="${agentPath(runId, id)}">${id}</a>`;

const attemptOf = (runId: string, entry: AttemptStory): Html => {
  const waited = entry.waited_ms === null ? "" : `, ${duration(entry.waited_ms)} after the one before`;
  return html`<li class="${entry.error === undefined ? "good" : "poor"}">
    <p>
      <strong>Attempt ${entry.attempt}</strong> on ${agentLink(runId, entry.agent_id)}
      <span class="quiet">${time(entry.started_at)}, ${duration(entry.duration_ms)}${waited}</span>
    </p>
    ${entry.error === undefined ? html`<p>succeeded</p>` : html`<pre tabindex="0" aria-label="Error of the attempt">${entry.error}</pre>`}
  </li>`;
};

const passOf = (runId: string, { pass, agent_id: agent, decision, attempts, outcome, error }: PassStory): Html =>
  html`<h3>
      ${pass === null ? "Last pass" : `Pass ${pass}`}
      ${agent === null ? undefined : html`on ${agentLink(runId, agent)}`}
    </h3>
    ${choiceOf(decision)}
    ${
      attempts.length === 0
        ? html`<p>No attempt${error === undefined ? "" : `: ${error}`}</p>`
        : html`<ol class="attempts">
            ${attempts.map((entry) => attemptOf(runId, entry))}
          </ol>`
    }
    ${outcome === null ? undefined : html`<p class="quiet">The pass came to ${outcome.toLowerCase().replaceAll("_", " ")}.</p>`}`;

/** The passes of a task, each with the choice of its agent and its attempts. */
export const showPasses = ({ run_id: runId, passes, outcome, gates }: TaskStory): Html =>
  html`<section class="card" aria-labelledby="attempts-title">
    <h2 id="attempts-title">
      Passes and attempts
      <span class="quiet"
        >${outcome === null || outcome.attempts === 0 ? "" : `over ${duration(outcome.duration_ms)}`}</span
      >
    </h2>
    ${passes.length === 0 ? html`<p class="quiet">Nothing was executed.</p>` : passes.map((pass) => passOf(runId, pass))}
    ${gates.length === 0 ? undefined : html`<h3>Gates</h3>`} ${gates.map((line) => html`<p>${line}</p>`)}
  </section>`;
