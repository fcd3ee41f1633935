import type { JsonValue } from "../../domain/json.ts";
import { assertWithinLimit } from "./data-limit.ts";
import { collectResults } from "./child-result.ts";
import type { ResultCollector } from "./child-result.ts";
import { forEachConcurrently } from "./concurrency.ts";
import type { Distribution, MapState } from "./definition.ts";
import { EvaluationFailure } from "./errors.ts";
import { FailureTally } from "./failure-tally.ts";
import type { Tolerance } from "./failure-tally.ts";
import { linkAbort } from "./frame.ts";
import type { ExecutionContext, ExecutionFrame, Visit } from "./frame.ts";
import { HistoryBranch, errorDetails } from "./history.ts";
import { batchItems, singleItems } from "./item-batcher.ts";
import type { Batch, BatchLimits, ItemPages } from "./item-batcher.ts";
import { evaluateItems, readJsonLines } from "./item-reader.ts";
import { writeResults } from "./result-writer.ts";
import { MapRun } from "./map-run.ts";
import { runToEnd } from "./run-to-end.ts";
import type { ExecutionEnd } from "./run-to-end.ts";
import { callResource } from "./task-state.ts";
import { printInstant } from "../../domain/print-instant.ts";

/** AWS runs 10,000 children at a time where MaxConcurrency does not say; one machine has no use for more than this. */
const defaultConcurrency = 1_000;
const mostChildren = 10_000;

/** AWS ends an Express execution after 5 minutes. */
const expressSeconds = 300;

/** A distributed Map's fields, evaluated once before anything runs. */
interface Settings {
  /** Items of the state itself; undefined where they are read from a bucket. */
  readonly items: readonly JsonValue[] | undefined;
  readonly readerArguments: JsonValue;
  readonly maxItems: number;
  readonly batching: BatchLimits | undefined;
  readonly writerArguments: { readonly bucket: string; readonly prefix: string } | undefined;
  readonly concurrency: number;
  readonly tolerance: Tolerance;
}

const readWriterArguments = (value: JsonValue): Settings["writerArguments"] => {
  const { Bucket: bucket, Prefix: prefix = "" } = value as { readonly Bucket?: JsonValue; readonly Prefix?: JsonValue };
  if (typeof bucket === "string" && typeof prefix === "string") return { bucket, prefix };
  throw new EvaluationFailure(
    "ResultWriter/Arguments",
    "The arguments of the ResultWriter have no Bucket and Prefix that are strings.",
  );
};

const evaluateSettings = async (state: MapState, distribution: Distribution, visit: Visit): Promise<Settings> => {
  const { reader, batcher, writer, toleratedFailureCount, toleratedFailurePercentage } = distribution;
  const scope = visit.scope();
  const concurrency = (await state.maxConcurrency?.(scope)) ?? 0;
  return {
    items: reader === undefined ? await evaluateItems(state, visit) : undefined,
    readerArguments: (await reader?.arguments(scope)) ?? null,
    maxItems: (await reader?.maxItems?.(scope)) ?? 0,
    batching: batcher && {
      maxItems: (await batcher.maxItems?.(scope)) ?? 0,
      maxInputBytes: (await batcher.maxInputBytes?.(scope)) ?? 0,
      batchInput: await batcher.batchInput?.(scope),
    },
    writerArguments: writer.destination && readWriterArguments(await writer.destination.arguments(scope)),
    concurrency: Math.min(concurrency === 0 ? defaultConcurrency : concurrency, mostChildren),
    tolerance: { count: await toleratedFailureCount?.(scope), percentage: await toleratedFailurePercentage?.(scope) },
  };
};

async function* selectItems(
  pages: ItemPages | readonly (readonly JsonValue[])[],
  { itemSelector }: MapState,
  visit: Visit,
  tally: FailureTally,
): AsyncGenerator<readonly JsonValue[]> {
  let count = 0;
  for await (const items of pages) {
    if (itemSelector === undefined) {
      yield items;
    } else {
      for (const [index, value] of items.entries())
        yield [await itemSelector(visit.scope({}, { Index: count + index, Value: value }))];
    }
    count += items.length;
  }
  tally.setTotal(count);
}

/** One run of a distributed Map: its children, from the first item read to the last result taken. */
interface Distributing {
  readonly state: MapState;
  readonly distribution: Distribution;
  readonly visit: Visit;
  readonly settings: Settings;
  readonly results: ResultCollector;
  readonly tally: FailureTally;
  /** Tells others how far it has come. */
  readonly progress: MapRun;
}

const arnPrefix = ({ StateMachine }: ExecutionContext): string => StateMachine.Id.split(":").slice(0, 5).join(":");

const childContext = ({ distribution, visit }: Distributing, name: string, input: JsonValue): ExecutionContext => {
  const { context, run } = visit.frame;
  const machine = `${context.StateMachine.Name}/${distribution.label}`;
  const kind = distribution.express ? "express" : "execution";
  return {
    Execution: {
      ...context.Execution,
      Id: `${arnPrefix(context)}:${kind}:${machine}:${name}`,
      Input: input,
      StartTime: printInstant(run.clock.now()),
      Name: name,
    },
    StateMachine: { Id: `${arnPrefix(context)}:stateMachine:${machine}`, Name: machine },
  };
};

/** Runs a child to its end, or gives the output that the journal has of it; inside, nothing is journaled. */
const endChild = async (
  mapRun: Distributing,
  index: number,
  frame: Omit<ExecutionFrame, "place" | "elapsed">,
): Promise<ExecutionEnd> => {
  const { state, distribution, visit } = mapRun;
  const place = visit.place?.item(index, visit.retryCount);
  const recalled = place?.read();
  if (recalled !== undefined) return { status: "SUCCEEDED", output: recalled };
  const timeLimit = distribution.express ? expressSeconds : undefined;
  const elapsed = distribution.express ? { ms: 0 } : undefined;
  const end = await runToEnd(state.processor, { ...frame, place: undefined, elapsed }, timeLimit);
  frame.run.meter.child(elapsed?.ms);
  if (place !== undefined && end.output !== undefined) await place.write(end.output);
  return end;
};

const runChild = async (
  mapRun: Distributing,
  signal: AbortSignal,
  { index, input, itemCount }: Batch,
): Promise<void> => {
  const { run } = mapRun.visit.frame;
  const name = run.newId();
  const context = childContext(mapRun, name, input);
  const history = HistoryBranch.start(() => run.clock.now(), false);
  const end = await mapRun.progress.watch(itemCount, endChild(mapRun, index, { run, signal, history, context }));
  await mapRun.results.add({
    index,
    name,
    executionArn: context.Execution.Id,
    stateMachineArn: context.StateMachine.Id,
    input,
    startDate: context.Execution.StartTime,
    stopDate: printInstant(run.clock.now()),
    end,
  });
  if (end.status !== "SUCCEEDED") mapRun.tally.add(itemCount);
};

const runChildren = async (mapRun: Distributing): Promise<void> => {
  const { state, distribution, visit, settings, tally } = mapRun;
  const stop = linkAbort(visit.frame.signal);
  const frame = { ...visit.frame, signal: stop.signal };
  const { reader } = distribution;
  const pages =
    settings.items === undefined
      ? readJsonLines(reader?.resource ?? "", settings.readerArguments, settings.maxItems, frame)
      : [settings.items];
  if (settings.items !== undefined) tally.setTotal(settings.items.length);
  const selected = selectItems(pages, state, visit, tally);
  const batches = settings.batching === undefined ? singleItems(selected) : batchItems(selected, settings.batching);
  try {
    await forEachConcurrently(batches, settings.concurrency, stop, (batch) => runChild(mapRun, stop.signal, batch));
  } finally {
    await batches.return(undefined);
  }
};

const createResults = (
  { writer }: Distribution,
  settings: Settings,
  visit: Visit,
  id: string,
  arn: string,
): ResultCollector => {
  const { destination } = writer;
  const { writerArguments } = settings;
  if (destination === undefined || writerArguments === undefined) return collectResults(writer.config);
  const { bucket } = writerArguments;
  return writeResults({ ...writerArguments, mapRunArn: arn, mapRunId: id }, writer.config, (Key, Body) => {
    // The one argument of any resource that is more than JSON.
    const args = { Bucket: bucket, Key, Body } as unknown as JsonValue;
    return callResource(visit.frame, destination.resource, args);
  });
};

const completeMapRun = async (mapRun: Distributing): Promise<JsonValue> => {
  const { visit, results, progress } = mapRun;
  const { history, signal, run } = visit.frame;
  const finish = (status: "SUCCEEDED" | "FAILED" | "ABORTED") => progress.finish(status, new Date(run.clock.now()));
  try {
    await runChildren(mapRun);
    const result = await results.finish();
    finish("SUCCEEDED");
    return result;
  } catch (error) {
    finish(signal.aborted ? "ABORTED" : "FAILED");
    signal.throwIfAborted();
    // AWS writes what there is of a Map Run that failed, too; of two failures the first is told.
    await results.finish().catch(() => undefined);
    const failure = visit.toFailure(error);
    history.record("MapRunFailed", () => ({ mapRunFailedEventDetails: errorDetails(failure) }));
    throw failure;
  }
};

/**
 * Runs the children of a distributed Map and gives its result, with AWS's events of a Map Run. Where the journal has the
 * result, no child runs: those that failed have been dealt with by the states that came after. @throws {StateFailure}
 */
export const runDistributed = async (state: MapState, distribution: Distribution, visit: Visit): Promise<JsonValue> => {
  const { history, context, run } = visit.frame;
  const settings = await evaluateSettings(state, distribution, visit);
  const id = run.newId();
  const arn = `${arnPrefix(context)}:mapRun:${context.StateMachine.Name}/${distribution.label}:${id}`;
  history.record("MapStateStarted", () => ({ mapStateStartedEventDetails: { length: settings.items?.length ?? 0 } }));
  history.record("MapRunStarted", () => ({ mapRunStartedEventDetails: { mapRunArn: arn } }));
  const recalled = visit.place?.read();
  if (recalled !== undefined) {
    history.record("MapRunSucceeded");
    return recalled;
  }
  const results = createResults(distribution, settings, visit, id, arn);
  const tally = new FailureTally(settings.tolerance);
  const progress = new MapRun(arn, new Date(run.clock.now()), settings.concurrency);
  run.onMapRun(progress);
  const result = await completeMapRun({ state, distribution, visit, settings, results, tally, progress });
  history.record("MapRunSucceeded");
  assertWithinLimit(result, "Map's result");
  if (visit.place !== undefined) await visit.place.write(result);
  return result;
};
