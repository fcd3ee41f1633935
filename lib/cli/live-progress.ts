import type { RunItem, WaveItem } from "../domain/run-item.ts";
import type { RunObserver } from "./follow-run.ts";
import { createPaint } from "./paint.ts";
import { type LiveView, renderLive } from "./render-live.ts";
import { renderControl, renderPlan, renderWave, renderWaveLines } from "./render-progress.ts";
import type { FleetProgress, RunProgress } from "./run-progress.ts";
import type { Terminal } from "./terminal.ts";
import type { LiveLines } from "./live-lines.ts";

/** The rate is that of the last 15 s: long enough to be calm, short enough to follow a change. */
const RATE_WINDOW_MS = 15_000;

/** Tasks per second over the latest looks; undefined before there is a difference. */
const createRateMeter = () => {
  const looks: { readonly at: number; readonly done: number }[] = [];
  return (at: number, done: number): number | undefined => {
    looks.push({ at, done });
    while (looks.length > 2 && at - (looks[1]?.at ?? at) >= RATE_WINDOW_MS) looks.shift();
    const [first = { at, done }] = looks;
    return at > first.at && done > first.done ? (1_000 * (done - first.done)) / (at - first.at) : undefined;
  };
};

/** Counts over the waves that have ended. */
const addWave = (view: LiveView, wave: WaveItem): LiveView => ({
  ...view,
  wavesEnded: view.wavesEnded + 1,
  done: 0,
  ended: view.ended + wave.tasks,
  failed: view.failed + wave.failed,
  retries: view.retries + wave.retries,
  healthSum: view.healthSum + wave.health_score * wave.tasks,
});

const addProgress = (view: LiveView, { setAside, wave, pass, fleet }: RunProgress): LiveView => ({
  ...view,
  setAside,
  wave,
  pass,
  fleet: fleet ?? view.fleet,
  // Later passes try again what the first one has counted.
  done: Math.max(view.done, Math.min(pass?.done ?? 0, wave?.tasks ?? 0)),
});

const beginView = (run: RunItem): LiveView => ({
  tasks: run.tasks,
  waves: run.waves,
  wavesEnded: 0,
  setAside: 0,
  ended: 0,
  done: 0,
  failed: 0,
  retries: 0,
  healthSum: 0,
  state: "RUN",
  wave: undefined,
  pass: undefined,
  fleet: undefined,
  rate: undefined,
  elapsedMs: 0,
});

/** How many agents a run has to begin with. */
type CountAgents = (run: RunItem) => Promise<FleetProgress["agents"]>;

/** Shows a run as lines: its plan, each wave that has ended, and what an operator did. */
export const createLineProgress = ({ say }: Terminal, countAgents: CountAgents): RunObserver => ({
  planned: async (run) => say(renderPlan(run, await countAgents(run))),
  waveScored: (wave) => say(renderWave(wave)),
  controlled: (state) => say(renderControl(state)),
});

/** Shows a run as lines, and below them, in place, how far it has come. `end` of `live` takes that away. */
export const createLiveProgress = (
  { say }: Terminal,
  live: LiveLines,
  countAgents: CountAgents,
  now: () => number = Date.now,
): RunObserver => {
  const paint = createPaint(process.stderr);
  const measure = createRateMeter();
  let view: LiveView | undefined;
  let startedAt = now();
  const draw = (): void => {
    if (view !== undefined) live.draw(renderLive({ ...view, elapsedMs: now() - startedAt }, live.columns, paint));
  };
  live.draw(["  planning …"]);
  return {
    planned: async (run) => {
      const plan = renderPlan(run, await countAgents(run));
      say(plan.length > live.columns ? plan.replace(": ", ":\n  ") : plan);
      startedAt = now();
      view = beginView(run);
      draw();
    },
    waveScored: (wave) => {
      for (const line of renderWaveLines(wave, live.columns)) say(line);
      if (view !== undefined) view = addWave(view, wave);
    },
    controlled: (state) => {
      say(renderControl(state));
      if (view !== undefined) view = { ...view, state };
    },
    progressed: (progress) => {
      if (view === undefined) return;
      view = addProgress(view, progress);
      view = { ...view, rate: measure(now(), view.setAside + view.ended + view.done) };
      draw();
    },
  };
};
