import type { JsonValue } from "../../domain/json.ts";
import type { Expression } from "./expressions.ts";

/** What a Task's resource is told beside its arguments. */
export interface TaskCall {
  /** Aborts when the task's time is up or its result is no longer wanted. */
  readonly signal: AbortSignal;
  /** To be told how long the call waited where AWS would not have waited, in milliseconds: no time that is billed. */
  readonly onQueued?: (milliseconds: number) => void;
}

/** Does the work behind a resource ARN. What it throws fails the task: `name` is the Error, `causeText` or `message` the Cause. */
export type Resource = (args: JsonValue, call: TaskCall) => Promise<unknown>;

/** The resources that a definition may name, by ARN. */
export type Resources = Readonly<Record<string, Resource>>;

/** Where a state, a catcher or a choice rule goes on, and what it gives and keeps. */
export interface Transition {
  /** Name of the next state; undefined ends the states. */
  readonly next: string | undefined;
  readonly output: Expression | undefined;
  readonly assign: Expression | undefined;
}

/** An entry of Retry with AWS's defaults filled in. */
export interface Retrier {
  readonly errorEquals: readonly string[];
  readonly intervalSeconds: number;
  readonly maxAttempts: number;
  readonly backoffRate: number;
  readonly maxDelaySeconds: number;
  readonly fullJitter: boolean;
}

/** An entry of Catch. */
export interface Catcher extends Transition {
  readonly errorEquals: readonly string[];
}

/** What Retry and Catch guard. */
export interface Guarded {
  readonly retriers: readonly Retrier[];
  readonly catchers: readonly Catcher[];
}

interface Named {
  readonly name: string;
}

/** How events name a resource: `lambda` and `invoke`, or undefined for a plain function ARN, which has events of its own. */
export interface ServiceNames {
  readonly resourceType: string;
  readonly resource: string;
}

/** A Task state. */
export interface TaskState extends Named, Transition, Guarded {
  readonly type: "Task";
  readonly resource: string;
  readonly service: ServiceNames | undefined;
  readonly arguments: Expression | undefined;
  readonly timeoutSeconds: Expression<number> | undefined;
}

/** A Choice state; its own transition is the Default. */
export interface ChoiceState extends Named, Transition {
  readonly type: "Choice";
  readonly rules: readonly (Transition & { readonly condition: Expression<boolean> })[];
}

/** A Wait state: one of the two is given. */
export interface WaitState extends Named, Transition {
  readonly type: "Wait";
  readonly seconds: Expression<number> | undefined;
  readonly timestamp: Expression<string> | undefined;
}

/** A Fail state. */
export interface FailState extends Named {
  readonly type: "Fail";
  readonly error: Expression<string> | undefined;
  readonly cause: Expression<string> | undefined;
}

/** A Pass or Succeed state, which differ in their events only. */
export interface PassState extends Named, Transition {
  readonly type: "Pass" | "Succeed";
}

/** What is read from a bucket by a Distributed Map. */
export interface ItemReader {
  readonly resource: string;
  readonly arguments: Expression;
  readonly maxItems: Expression<number> | undefined;
}

/** How a Distributed Map groups its items. */
export interface ItemBatcher {
  readonly maxItems: Expression<number> | undefined;
  readonly maxInputBytes: Expression<number> | undefined;
  readonly batchInput: Expression | undefined;
}

/** How results of children are written. */
export interface WriterConfig {
  readonly outputType: "JSON" | "JSONL";
  readonly transformation: "NONE" | "COMPACT" | "FLATTEN";
}

/** Where a Distributed Map writes what its children gave; without `destination` the results are the state's own. */
export interface ResultWriter {
  readonly destination: { readonly resource: string; readonly arguments: Expression } | undefined;
  readonly config: WriterConfig;
}

/** What only a Distributed Map has. */
export interface Distribution {
  readonly express: boolean;
  readonly label: string;
  readonly reader: ItemReader | undefined;
  readonly batcher: ItemBatcher | undefined;
  readonly writer: ResultWriter;
  readonly toleratedFailureCount: Expression<number> | undefined;
  readonly toleratedFailurePercentage: Expression<number> | undefined;
}

/** A Map state; `distribution` is undefined for an inline one. */
export interface MapState extends Named, Transition, Guarded {
  readonly type: "Map";
  readonly items: Expression<readonly JsonValue[]> | undefined;
  readonly itemSelector: Expression | undefined;
  readonly maxConcurrency: Expression<number> | undefined;
  readonly processor: Program;
  readonly distribution: Distribution | undefined;
}

/** A state, checked and compiled. */
export type State = TaskState | ChoiceState | WaitState | FailState | PassState | MapState;

/** States that run from one of them to an end. */
export interface Program {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

/** A whole state machine, checked and compiled. */
export interface StateMachine extends Program {
  readonly timeoutSeconds: number | undefined;
  /** Every resource that the machine names. */
  readonly resources: ReadonlySet<string>;
}
