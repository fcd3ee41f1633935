import type { JsonValue } from "../../domain/json.ts";
import type { MapState, State } from "./definition.ts";
import { forEachConcurrently } from "./concurrency.ts";
import { assertWithinLimit } from "./data-limit.ts";
import { runDistributed } from "./distributed-map.ts";
import { Stopped } from "./errors.ts";
import { linkAbort } from "./frame.ts";
import type { Frame, Visit } from "./frame.ts";
import { evaluateItems } from "./item-reader.ts";
import { attemptGuarded } from "./retry.ts";
import { takeTransition } from "./transition.ts";
import type { Outcome } from "./transition.ts";

/** AWS runs at most so many iterations of an inline Map at a time. */
const mostIterations = 40;

const recordStateAborted = ({ state, history }: Frame, types: readonly State["type"][]): void => {
  if (state !== undefined && types.includes(state.type)) history.record(`${state.type}StateAborted`);
};

const runIteration = async (
  state: MapState,
  visit: Visit,
  signal: AbortSignal,
  index: number,
  value: JsonValue,
): Promise<JsonValue> => {
  const { frame } = visit;
  const history = frame.history.fork();
  const record = (type: string) =>
    history.record(`MapIteration${type}`, () => ({
      [`mapIteration${type}EventDetails`]: { name: state.name, index },
    }));
  record("Started");
  const mapItem = { Index: index, Value: value };
  const place = visit.place?.item(index, visit.retryCount);
  const elapsed = frame.elapsed && { ...frame.elapsed };
  const inner: Frame = { ...frame, signal, history, place, elapsed, mapItem, state: undefined };
  try {
    // Awaited in any case: as on AWS, iterations that run at a time have all started before the first goes on.
    const input = await (state.itemSelector === undefined ? value : state.itemSelector(visit.scope({}, mapItem)));
    assertWithinLimit(input, "iteration's input");
    const output = await frame.run.runProgram(state.processor, input, inner);
    record("Succeeded");
    return output;
  } catch (error) {
    if (error instanceof Stopped) {
      if (error.by === "map") {
        record("Aborted");
        recordStateAborted(inner, ["Task", "Wait", "Map"]);
      }
      throw error;
    }
    const failure = visit.toFailure(error);
    // As recorded on AWS: the task failed, and so its state, which nothing caught, counts as aborted.
    record("Failed");
    recordStateAborted(inner, ["Task"]);
    throw failure;
  } finally {
    // Iterations run side by side: the slowest one says how long the Map took.
    if (frame.elapsed && elapsed) frame.elapsed.ms = Math.max(frame.elapsed.ms, elapsed.ms);
  }
};

const runInline = async (state: MapState, visit: Visit): Promise<readonly JsonValue[]> => {
  const { frame } = visit;
  const items = await evaluateItems(state, visit);
  const concurrency = (await state.maxConcurrency?.(visit.scope())) ?? 0;
  frame.history.record("MapStateStarted", () => ({ mapStateStartedEventDetails: { length: items.length } }));
  const results: JsonValue[] = [];
  const stop = linkAbort(frame.signal);
  const limit = Math.min(concurrency === 0 ? mostIterations : concurrency, mostIterations, items.length);
  await forEachConcurrently(items.entries(), limit, stop, async ([index, item]) => {
    results[index] = await runIteration(state, visit, stop.signal, index, item);
  });
  assertWithinLimit(results, "Map's result");
  return results;
};

/** Runs a Map, inline or distributed. */
export const runMap = (state: MapState, visit: Visit): Promise<Outcome> => {
  const { history } = visit.frame;
  const attempt = async () => {
    const { distribution } = state;
    const result = await (distribution ? runDistributed(state, distribution, visit) : runInline(state, visit));
    history.record("MapStateSucceeded");
    return takeTransition(state, visit.scope({ result }), result);
  };
  return attemptGuarded(state, visit, attempt, () => history.record("MapStateFailed"));
};
