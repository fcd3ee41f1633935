import { formatPercent, listNames } from "../domain/report-figures.ts";
import type { AttemptStory, PassStory } from "../domain/story-passes.ts";
import type { DependencyStory } from "../domain/story-facts.ts";
import type { TaskStory } from "../domain/task-story.ts";
import { createPaint, type Paint } from "./paint.ts";
import { printable } from "./printable.ts";

const style: Paint = (format, text) => createPaint(process.stdout)(format, text);

/** Longest text of a record that is shown; the rest stands in the records. */
const MAX_SHOWN = 500;

const shown = (text: string): string =>
  printable(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).toWellFormed()}…` : text);

const LABEL_WIDTH = 14;

/** A label with its lines; none where there is nothing to say. */
const section = (label: string, lines: readonly string[]): readonly string[] =>
  lines.map((line, index) => style("bold", (index === 0 ? label : "").padEnd(LABEL_WIDTH)) + line);

const colours: Readonly<Record<TaskStory["status"], Parameters<Paint>[0]>> = {
  COMPLETED: "green",
  FAILED: "red",
  BLOCKED: "yellow",
  SKIPPED: "yellow",
  REJECTED: "red",
  UNFINISHED: "dim",
};

const tellPrediction = ({ prediction }: TaskStory): readonly string[] => {
  if (prediction === null) return [];
  const { success_rate, confidence, actual, delta } = prediction;
  const sure = confidence === null ? "" : `, confidence ${confidence.toFixed(2)}`;
  const came =
    actual === null || delta === null
      ? "nothing was executed, so nothing is held against it"
      : `it ${actual === 1 ? "completed" : "did not complete"}: off by ${delta.toFixed(2)}`;
  return [`${formatPercent(success_rate)} success predicted${sure}; ${came}`];
};

const named = (label: string, names: readonly string[] | undefined): readonly string[] =>
  names === undefined || names.length === 0 ? [] : [`${label} ${listNames(names)}`];

const tellAsked = ({ asked }: TaskStory): readonly string[] => {
  if (asked === null) return [];
  const { constraints } = asked;
  const wishes = [
    ...named("capabilities", asked.capabilities),
    ...named("depends on", asked.depends_on),
    ...named("resources", asked.resources),
    ...named("only agents", constraints.allowed_agents),
    ...named("not agents", constraints.denied_agents),
    ...named("pinned to", asked.pinned_agent_id === undefined ? [] : [asked.pinned_agent_id]),
    ...named("not before", constraints.not_before === undefined ? [] : [constraints.not_before]),
    `priority ${asked.priority}`,
  ];
  return [wishes.map(printable).join("; ")];
};

const tellWave = ({ wave }: TaskStory): readonly string[] =>
  wave.number === null && wave.why.length === 0 ? [] : [[wave.number ?? "none", ...wave.why].join("; ")];

const tellChoice = ({ agent_id, decision }: PassStory): string => {
  const agent = agent_id ?? "no agent is on record";
  if (decision === null) return `${agent}; why is not in the records at hand`;
  const { strategy, eligible, load, passed_over, probe } = decision;
  const counts = Object.entries(passed_over);
  const fleet = counts.reduce((sum, [, count]) => sum + count, eligible);
  const passed = counts.map(([reason, count]) => `${count} for ${reason}`).join(", ");
  return [
    `${agent}, chosen by ${strategy} from ${eligible} eligible of ${fleet} agents when its load was ${formatPercent(load)} of its capacity`,
    ...(passed === "" ? [] : [`passed over: ${passed}`]),
    ...(probe ? ["a probe: it was OFFLINE and had rested"] : []),
  ].join("; ");
};

const tellAttempt = ({ attempt, started_at, duration_ms, waited_ms, agent_id, error }: AttemptStory, of: PassStory) => {
  const wait = waited_ms === null ? "" : `, ${waited_ms} ms after the one before`;
  const on = agent_id === of.agent_id ? "" : ` on ${agent_id}`;
  const end = error === undefined ? style("green", "succeeded") : `${style("red", "failed")}: ${shown(error)}`;
  return `  attempt ${attempt}${on}  ${started_at}  ${duration_ms} ms${wait}  ${end}`;
};

const tellPass = (pass: PassStory): readonly string[] =>
  section(pass.pass === null ? "Last pass" : `Pass ${pass.pass}`, [
    tellChoice(pass),
    ...pass.attempts.map((attempt) => tellAttempt(attempt, pass)),
    ...(pass.attempts.length === 0 ? [`  no attempt${pass.error === undefined ? "" : `: ${shown(pass.error)}`}`] : []),
    ...(pass.outcome === null ? [] : [`  came to ${pass.outcome}`]),
  ]);

const tellDependency = ({ task_id, status, reason, wave, error, held_up_by }: DependencyStory): string => {
  const end = status === null ? "has no record" : `${status}${reason === null ? "" : ` (${reason})`}`;
  const where = wave === null ? "" : `, wave ${wave}`;
  const why = error === undefined ? "" : `: ${shown(error)}`;
  const deeper = held_up_by === undefined ? "" : `; ${tellDependency(held_up_by)}`;
  return `${task_id} ${end}${where}${why}${deeper}`;
};

const tellOutcome = ({ status, reason, outcome }: TaskStory): readonly string[] => {
  if (outcome === null) return [];
  const { agent_id, passes, attempts, duration_ms, error, output, output_key } = outcome;
  const end = `${status}${reason === null ? "" : ` (${reason})`}`;
  const on = agent_id === null ? "" : `, last on ${agent_id}`;
  return [
    `${end} after ${passes} ${passes === 1 ? "pass" : "passes"}, ${attempts} ${attempts === 1 ? "attempt" : "attempts"}, ${duration_ms} ms${on}`,
    ...(error === undefined ? [] : [shown(error)]),
    ...(output === undefined ? [] : [`output: ${shown(JSON.stringify(output))}`]),
    ...(output_key === undefined ? [] : [`output: in ${printable(output_key)}`]),
  ];
};

const tellSignals = ({ signals, outcome }: TaskStory): readonly string[] => {
  if (signals.length === 0)
    return outcome === null ? [] : [outcome.attempts === 0 ? "none, since nothing was executed" : "none"];
  return signals.map(
    ({ signal_type, target_phase, confidence, signal_id }) =>
      `${signal_type} to phase ${target_phase}, confidence ${confidence.toFixed(2)}, id ${signal_id}`,
  );
};

/** The story of a task in plain words: a headline that answers why, then what stands behind it. */
export const renderStory = (story: TaskStory, place: string): string =>
  `${[
    style("bold", style(colours[story.status], printable(story.headline))),
    "",
    ...section("Run", [`${story.run_id}, read in ${printable(place)}`]),
    ...section("Prediction", tellPrediction(story)),
    ...section("Asked for", tellAsked(story)),
    ...section("Wave", tellWave(story)),
    ...story.passes.flatMap(tellPass),
    ...section("Gates", story.gates.map(shown)),
    ...section("Depends on", story.dependencies.map(tellDependency)),
    ...section("Outcome", tellOutcome(story)),
    ...section("Signals", tellSignals(story)),
    ...section(
      "Rejected",
      story.rejected.flatMap(({ file, reason, text }) => [shown(`${file}: ${reason}`), `  ${shown(text)}`]),
    ),
    ...section("Not known", story.unknown),
  ].join("\n")}\n`;
