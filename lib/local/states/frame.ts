import type { JsonObject, JsonValue } from "../../domain/json.ts";
import type { Clock } from "./clock.ts";
import type { Program, Resources, State } from "./definition.ts";
import { EvaluationFailure, StateFailure } from "./errors.ts";
import type { Scope } from "./expressions.ts";
import type { HistoryBranch } from "./history.ts";
import type { IntrinsicFunctions } from "./intrinsic-functions.ts";
import type { JournalPlace } from "./journal.ts";
import type { MapRun } from "./map-run.ts";
import { printInstant } from "../../domain/print-instant.ts";

/** Told what AWS bills of an execution. */
export interface ExecutionMeter {
  /** A Standard execution began, entered a state, or tries one again. */
  readonly transition: () => void;
  /** A Distributed Map started a child; an Express one took so many milliseconds of AWS's time, a Standard one `undefined`. */
  readonly child: (expressMs: number | undefined) => void;
  /** What a call that took so many milliseconds here takes on AWS. */
  readonly taskMs: (measured: number) => number;
}

/** What everything that belongs to one call of `execute` shares. */
export interface Run {
  readonly resources: Resources;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly functions: IntrinsicFunctions;
  readonly meter: ExecutionMeter;
  /** Told of each Map Run that begins. */
  readonly onMapRun: (mapRun: MapRun) => void;
  /** Runs states to their end; here, so that a Map can run its processor. */
  readonly runProgram: (program: Program, input: JsonValue, frame: Frame) => Promise<JsonValue>;
}

/** The Execution and StateMachine objects of `$states.context`. */
export interface ExecutionContext {
  readonly Execution: {
    readonly Id: string;
    readonly Input: JsonValue;
    readonly StartTime: string;
    readonly Name: string;
    readonly RoleArn: string;
    readonly RedriveCount: number;
  };
  readonly StateMachine: { readonly Id: string; readonly Name: string };
}

/** One scope of variables: an execution, or one iteration of an inline Map in it. */
export interface Frame {
  readonly run: Run;
  readonly signal: AbortSignal;
  readonly history: HistoryBranch;
  readonly context: ExecutionContext;
  /** Where its states stand in the journal; undefined where nothing is journaled. */
  readonly place: JournalPlace | undefined;
  /** Milliseconds of AWS's time that the Express execution took up to here: waits are not scaled; undefined in a Standard one. */
  readonly elapsed: { ms: number } | undefined;
  /** The item that the iteration works on; undefined outside of inline Maps. */
  readonly mapItem: JsonObject | undefined;
  /** Replaced, never changed in place: an inner frame starts with the outer one's. */
  variables: JsonObject;
  /** The state that it is in; undefined before the first. */
  state: State | undefined;
}

/** What a whole execution, or a child of a Distributed Map, starts with. */
export type ExecutionFrame = Omit<Frame, "mapItem" | "variables" | "state">;

/** A signal that aborts with its parent, or on its own. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  /** Forgets the parent; to be called when what the signal guards has ended. */
  readonly unlink: () => void;
}

/** Makes a {@link LinkedAbort}. */
export const linkAbort = (parent: AbortSignal): LinkedAbort => {
  const controller = new AbortController();
  const follow = () => controller.abort(parent.reason);
  if (parent.aborted) follow();
  parent.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => parent.removeEventListener("abort", follow),
  };
};

/** One stay of an execution in a state. */
export class Visit {
  readonly state: State;
  readonly input: JsonValue;
  readonly frame: Frame;
  /** Where it stands in the journal; undefined where nothing is journaled. */
  readonly place: JournalPlace | undefined;
  /** Retries of the state so far; undefined in states that have no Retry. */
  retryCount: number | undefined;
  readonly #enteredTime: string;
  readonly #eventId: number;

  constructor(state: State, input: JsonValue, frame: Frame, eventId: number) {
    this.state = state;
    this.input = input;
    this.frame = frame;
    this.place = frame.place?.enter(state.name);
    this.retryCount = state.type === "Task" || state.type === "Map" ? 0 : undefined;
    this.#enteredTime = printInstant(frame.run.clock.now());
    this.#eventId = eventId;
  }

  /** What the state's expressions see now, with `$states.result` or `$states.errorOutput` where there is one. */
  scope(seen: Pick<Scope["states"], "result" | "errorOutput"> = {}, mapItem = this.frame.mapItem): Scope {
    const state = { Name: this.state.name, EnteredTime: this.#enteredTime };
    const context = {
      ...this.frame.context,
      State: this.retryCount === undefined ? state : { ...state, RetryCount: this.retryCount },
      ...(mapItem === undefined ? {} : { Map: { Item: mapItem } }),
    };
    return {
      states: { input: this.input, context, ...seen },
      variables: this.frame.variables,
      functions: this.frame.run.functions,
    };
  }

  /** The failure that an error is to Retry and Catch; what is no failure of the state is thrown on. */
  toFailure(error: unknown): StateFailure {
    if (error instanceof StateFailure) return error;
    if (!(error instanceof EvaluationFailure)) throw error;
    const { name } = this.state;
    const causeText = `An error occurred while executing the state '${name}' (entered at the event id #${this.#eventId}). ${error.message}`;
    const failure = new StateFailure("States.QueryEvaluationError", causeText);
    this.frame.history.record("EvaluationFailed", () => ({
      evaluationFailedEventDetails: {
        error: failure.error,
        cause: causeText,
        location: error.location,
        state: name,
      },
    }));
    return failure;
  }
}
