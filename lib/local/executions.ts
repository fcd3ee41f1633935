import type { JsonObject, JsonValue } from "../domain/json.ts";
import { AwsError } from "./aws-error.ts";
import type { Journals } from "./execution-journals.ts";
import type { EndedExecution, ExecutionStart, JournalFile } from "./journal-file.ts";
import { MapRuns } from "./map-runs.ts";
import { ACCOUNT, REGION } from "./physical-resources.ts";
import type { ExecutionResult } from "./states/execute.ts";
import type { Journal } from "./states/journal.ts";
import type { MapRun } from "./states/map-run.ts";

/** A state machine that the embedded cloud runs. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly definition: JsonObject;
}

/** An execution: what is known of it, and what becomes of it. */
interface Execution {
  readonly start: ExecutionStart;
  readonly journal: JournalFile | undefined;
  readonly abort: AbortController;
  /** StopExecution ends it for good; the end of the process does not. */
  isStopped: boolean;
  /** Undefined where it was not begun: the process before this one has ended it, or nobody resumes it. */
  done: Promise<void> | undefined;
  end: EndedExecution | undefined;
  history: ExecutionResult["history"];
}

interface StartExecutionBody {
  readonly stateMachineArn: string;
  readonly name?: string;
  readonly input?: string;
}

type Run = (
  machine: StateMachine,
  input: JsonValue,
  context: JsonObject,
  signal: AbortSignal,
  journal: Journal | undefined,
  onMapRun: (mapRun: MapRun) => void,
) => Promise<ExecutionResult>;

/** Histories are most of what is kept of executions, and nobody looks at an old one. */
const keptHistories = 100;

/** What AWS takes as a name; it may name a file. */
const namePattern = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u;

/** What the interpreter itself could not run, such as a definition that is invalid, ends its execution, not the process. */
const brokenOff = (error: unknown): ExecutionResult => {
  const { name, message } = error as Error;
  return { status: "FAILED", error: name, cause: message, history: [] };
};

const assertJson = (input: string): void => {
  try {
    JSON.parse(input);
  } catch (error) {
    const problem = (error as Error).message;
    throw new AwsError("InvalidExecutionInput", `Invalid State Machine Execution Input: '${problem}'`);
  }
};

const createExecution = (start: ExecutionStart, more: Partial<Pick<Execution, "journal" | "end">> = {}): Execution => ({
  start,
  journal: undefined,
  end: undefined,
  abort: new AbortController(),
  isStopped: false,
  done: undefined,
  history: [],
  ...more,
});

const contextOf = ({ arn, name, input, startDate }: ExecutionStart, machine: StateMachine): JsonObject => ({
  Execution: {
    Id: arn,
    Name: name,
    Input: JSON.parse(input) as JsonValue,
    StartTime: startDate.toISOString(),
    RoleArn: "",
  },
  StateMachine: { Id: machine.arn, Name: machine.name },
});

/**
 * Executions of the stack's state machine, behind the operations of Step Functions' API that the code uses. With journals they
 * outlive the process.
 */
export class Executions {
  readonly #machines: ReadonlyMap<string, StateMachine>;
  readonly #run: Run;
  readonly #journals: Journals | undefined;
  readonly #executions = new Map<string, Execution>();
  /** Executions whose history is kept, the one that ended first in front. */
  readonly #withHistory: Execution[] = [];
  readonly #mapRuns = new MapRuns();
  #isStopping = false;

  constructor(machines: readonly StateMachine[], run: Run, journals?: Journals) {
    this.#machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.#run = run;
    this.#journals = journals;
    for (const { start, ...more } of [...(journals?.ended ?? []), ...(journals?.unfinished ?? [])])
      this.#executions.set(start.arn, createExecution(start, more));
  }

  /** Lets the executions go on that the journals show as unfinished; to be called once, when all that they use is up. */
  resume(): void {
    for (const { start } of this.#journals?.unfinished ?? []) {
      const execution = this.#executions.get(start.arn);
      if (execution !== undefined) this.#begin(execution);
    }
  }

  /** Resolves once an execution has ended; undefined where none is under way in this process. */
  ended(executionArn: string): Promise<void> | undefined {
    return this.#executions.get(executionArn)?.done;
  }

  /** Answers an operation. @throws AwsError as Step Functions would @throws {JournalError} where a start cannot be kept */
  async answer(operation: string, body: JsonObject): Promise<unknown> {
    switch (operation) {
      case "StartExecution":
        return this.#start(body);
      case "DescribeExecution":
        return this.#describe(body);
      case "StopExecution":
        return this.#stop(body);
      case "GetExecutionHistory":
        return { events: this.#find(body).history };
      case "ListMapRuns": {
        const { arn, stateMachineArn } = this.#find(body).start;
        return this.#mapRuns.list(arn, stateMachineArn);
      }
      case "DescribeMapRun":
        return this.#mapRuns.describe(body);
      default:
        throw new AwsError("UnknownOperationException", `the embedded Step Functions has no operation ${operation}`);
    }
  }

  /**
   * Aborts every execution that runs, and waits until it has ended; one that is started from now on ends at once. In the journals
   * they stay unfinished.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const executions = [...this.#executions.values()];
    for (const { abort } of executions) abort.abort();
    await Promise.all(executions.map(async ({ done }) => done));
  }

  #start(body: JsonObject): { readonly executionArn: string; readonly startDate: Date } {
    const { stateMachineArn, name = crypto.randomUUID(), input = "{}" } = body as unknown as StartExecutionBody;
    const machine = this.#machines.get(stateMachineArn);
    if (machine === undefined) throw new AwsError("StateMachineDoesNotExist", `no state machine ${stateMachineArn}`);
    if (!namePattern.test(name)) throw new AwsError("InvalidName", `Invalid Name: '${name}'`);
    const arn = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${machine.name}:${name}`;
    const existing = this.#executions.get(arn);
    if (existing !== undefined) {
      // AWS takes the same name and input again while the execution runs, and nothing else.
      if (existing.end === undefined && existing.start.input === input)
        return { executionArn: arn, startDate: existing.start.startDate };
      throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
    assertJson(input);
    const start = { arn, name, stateMachineArn, input, startDate: new Date() };
    const execution = createExecution(start, { journal: this.#journals?.begin(start) });
    this.#executions.set(arn, execution);
    this.#begin(execution);
    return { executionArn: arn, startDate: start.startDate };
  }

  #begin(execution: Execution): void {
    execution.done = this.#runToResult(execution)
      .catch(brokenOff)
      .then((result) => this.#settle(execution, result));
  }

  async #runToResult({ start, abort, journal }: Execution): Promise<ExecutionResult> {
    if (this.#isStopping) return { status: "ABORTED", history: [] };
    const machine = this.#machines.get(start.stateMachineArn);
    if (machine !== undefined) {
      const input = JSON.parse(start.input) as JsonValue;
      const onMapRun = (mapRun: MapRun) => this.#mapRuns.add(start.arn, mapRun);
      return this.#run(machine, input, contextOf(start, machine), abort.signal, journal, onMapRun);
    }
    const cause = `no state machine ${start.stateMachineArn}`;
    return { status: "FAILED", error: "StateMachineDoesNotExist", cause, history: [] };
  }

  #settle(execution: Execution, { history, ...result }: ExecutionResult): void {
    const { journal, isStopped } = execution;
    const stopDate = new Date();
    execution.end = { ...result, stopDate };
    execution.history = history;
    this.#withHistory.push(execution);
    const oldest = this.#withHistory.length > keptHistories ? this.#withHistory.shift() : undefined;
    if (oldest !== undefined) {
      oldest.history = [];
      this.#mapRuns.forget(oldest.start.arn);
    }
    const goesOn = this.#isStopping && !isStopped && result.status === "ABORTED";
    try {
      if (!goesOn) journal?.end(execution.end);
    } catch (error) {
      // The next process does not know of the end, and goes on with the execution.
      const { history: _, ...failed } = brokenOff(error);
      execution.end = { ...failed, stopDate };
    }
  }

  #find(body: JsonObject): Execution {
    const { executionArn } = body as unknown as { readonly executionArn: string };
    const execution = this.#executions.get(executionArn);
    if (execution === undefined)
      throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${executionArn}'`);
    return execution;
  }

  #describe(body: JsonObject): unknown {
    const { start, end } = this.#find(body);
    const { arn, ...started } = start;
    return {
      executionArn: arn,
      ...started,
      status: end?.status ?? "RUNNING",
      ...(end !== undefined && { stopDate: end.stopDate }),
      ...(end?.output !== undefined && { output: JSON.stringify(end.output) }),
      ...(end?.error !== undefined && { error: end.error }),
      ...(end?.cause !== undefined && { cause: end.cause }),
    };
  }

  async #stop(body: JsonObject): Promise<{ readonly stopDate: Date }> {
    const execution = this.#find(body);
    execution.isStopped = true;
    execution.abort.abort();
    await execution.done;
    return { stopDate: execution.end?.stopDate ?? new Date() };
  }
}
