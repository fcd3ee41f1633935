import { healthStatus } from "../domain/health.ts";
import type { RunControl } from "../domain/run-control.ts";
import { formatNumber } from "../domain/report-figures.ts";
import type { Paint } from "./paint.ts";
import { healthColour, renderBar } from "./render-bar.ts";
import type { FleetProgress, RunProgress } from "./run-progress.ts";

/** A run under way, as a person watches it. */
export interface LiveView extends Omit<RunProgress, "fleet"> {
  readonly tasks: number;
  readonly waves: number;
  /** Waves that have ended, and their tasks. */
  readonly wavesEnded: number;
  readonly ended: number;
  /** Tasks of the wave under way that an agent has answered for. */
  readonly done: number;
  readonly failed: number;
  readonly retries: number;
  /** Health of the waves that have ended, each times its tasks. */
  readonly healthSum: number;
  readonly state: RunControl["state"];
  readonly fleet: FleetProgress | undefined;
  /** Tasks per second of late; undefined where nothing has moved. */
  readonly rate: number | undefined;
  readonly elapsedMs: number;
}

const clock = (ms: number): string => {
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
};

const doneOf = ({ tasks, setAside, ended, done }: LiveView): number => Math.min(tasks, setAside + ended + done);

const waveField = ({ waves, wavesEnded, wave, pass, done }: LiveView): string => {
  if (wave === undefined) return wavesEnded >= waves ? "writing the report" : `wave ${wavesEnded + 1} of ${waves}`;
  const name = `wave ${wave.wave} of ${waves}`;
  if (pass?.pass !== undefined && pass.pass > 1)
    return `${name}, pass ${pass.pass}: ${formatNumber(pass.done)} tried again`;
  return `${name}: ${formatNumber(done)} of ${formatNumber(wave.tasks)}`;
};

const rateFields = (view: LiveView): readonly string[] => {
  const { rate, elapsedMs, tasks, state } = view;
  const left = tasks - doneOf(view);
  return [
    ...(rate === undefined
      ? []
      : [`${formatNumber(rate >= 10 ? Math.round(rate) : Math.round(10 * rate) / 10)} tasks/s`]),
    `${clock(elapsedMs)} elapsed`,
    ...(rate === undefined || left === 0 || state !== "RUN" ? [] : [`about ${clock((1_000 * left) / rate)} left`]),
  ];
};

const fleetField = ({ agents, busy, offline }: FleetProgress): string =>
  `${formatNumber(busy)} of ${formatNumber(agents)} ${agents === 1 ? "agent" : "agents"} busy${offline > 0 ? `, ${formatNumber(offline)} offline` : ""}`;

const stateField = { RUN: [], PAUSED: ["PAUSED"], CANCELLED: ["CANCELLED"] } as const;

const healthOf = ({ ended, healthSum }: LiveView): number | undefined => (ended > 0 ? healthSum / ended : undefined);

/** What changes fast, and what has come of it so far: each begins a line, so that figures keep their places. */
const groupsOf = (view: LiveView): readonly (readonly string[])[] => {
  const { state, fleet, retries, failed } = view;
  const health = healthOf(view);
  const progress = [...stateField[state], waveField(view), ...rateFields(view)];
  const outcome = [
    ...(fleet === undefined ? [] : [fleetField(fleet)]),
    ...(health === undefined ? [] : [`health ${health.toFixed(2)} ${healthStatus(health)}`]),
    ...(retries > 0 ? [`${formatNumber(retries)} retried`] : []),
    ...(failed > 0 ? [`${formatNumber(failed)} failed`] : []),
  ];
  return [progress, outcome];
};

const SEPARATOR = " · ";
const INDENT = "  ";

/** Puts fields one after the other into lines, a new one where the next field has no room. */
const flow = (fields: readonly string[], columns: number): readonly string[] => {
  const lines: string[] = [];
  for (const field of fields.map((text) => text.slice(0, columns - INDENT.length))) {
    const last = lines.at(-1);
    const longer = last === undefined ? undefined : `${last}${SEPARATOR}${field}`;
    if (longer !== undefined && longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(`${INDENT}${field}`);
  }
  return lines;
};

/** A run under way in a few lines of at most so many columns: a bar of its tasks, and figures. */
export const renderLive = (view: LiveView, columns: number, paint: Paint): readonly string[] => {
  const done = doneOf(view);
  const share = view.tasks === 0 ? 1 : done / view.tasks;
  const text = `${formatNumber(done)} of ${formatNumber(view.tasks)} ${view.tasks === 1 ? "task" : "tasks"}, ${Math.floor(100 * share)} %`;
  const room = columns - INDENT.length - text.length - 2;
  const bar = room < 5 ? "" : `${paint(healthColour(healthOf(view) ?? 100), renderBar(share, Math.min(room, 40)))}  `;
  return [
    `${INDENT}${bar}${text.slice(0, columns - INDENT.length)}`,
    ...groupsOf(view).flatMap((fields) => flow(fields, columns)),
  ];
};
