import type { JsonObject, JsonValue } from "../domain/json.ts";
import { AwsError } from "./aws-error.ts";
import { ACCOUNT, REGION } from "./physical-resources.ts";
import type { ExecutionResult } from "./states/execute.ts";

/** A state machine that the embedded cloud runs. */
export interface StateMachine {
  readonly arn: string;
  readonly name: string;
  readonly definition: JsonObject;
}

interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: string;
  readonly startDate: Date;
  readonly abort: AbortController;
  readonly done: Promise<void>;
  stopDate?: Date;
  result?: ExecutionResult;
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
) => Promise<ExecutionResult>;

/** What the interpreter itself could not run, such as a definition that is invalid, ends its execution, not the process. */
const brokenOff = (error: unknown): ExecutionResult => {
  const { name, message } = error as Error;
  return { status: "FAILED", error: name, cause: message, history: [] };
};

/** Executions of the stack's state machine, behind the operations of Step Functions' API that the code uses. */
export class Executions {
  readonly #machines: ReadonlyMap<string, StateMachine>;
  readonly #run: Run;
  readonly #executions = new Map<string, Execution>();

  constructor(machines: readonly StateMachine[], run: Run) {
    this.#machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.#run = run;
  }

  /** Answers an operation. @throws AwsError as Step Functions would */
  async answer(operation: string, body: JsonObject): Promise<unknown> {
    switch (operation) {
      case "StartExecution":
        return this.#start(body);
      case "DescribeExecution":
        return this.#describe(body);
      case "StopExecution":
        return this.#stop(body);
      case "GetExecutionHistory":
        return { events: this.#find(body).result?.history ?? [] };
      default:
        throw new AwsError("UnknownOperationException", `the embedded Step Functions has no operation ${operation}`);
    }
  }

  /** Ends every execution that runs, and waits until it has. */
  async stop(): Promise<void> {
    const running = [...this.#executions.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  #start(body: JsonObject): { readonly executionArn: string; readonly startDate: Date } {
    const { stateMachineArn, name = crypto.randomUUID(), input = "{}" } = body as unknown as StartExecutionBody;
    const machine = this.#machines.get(stateMachineArn);
    if (machine === undefined) throw new AwsError("StateMachineDoesNotExist", `no state machine ${stateMachineArn}`);
    const arn = `arn:aws:states:${REGION}:${ACCOUNT}:execution:${machine.name}:${name}`;
    const existing = this.#executions.get(arn);
    if (existing !== undefined) {
      // AWS takes the same name and input again while the execution runs, and nothing else.
      if (existing.result === undefined && existing.input === input)
        return { executionArn: arn, startDate: existing.startDate };
      throw new AwsError("ExecutionAlreadyExists", `Execution Already Exists: '${arn}'`);
    }
    const startDate = new Date();
    const abort = new AbortController();
    const context = {
      Execution: {
        Id: arn,
        Name: name,
        Input: JSON.parse(input) as JsonValue,
        StartTime: startDate.toISOString(),
        RoleArn: "",
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
    };
    const execution: Execution = {
      arn,
      name,
      stateMachineArn: machine.arn,
      input,
      startDate,
      abort,
      done: this.#run(machine, JSON.parse(input) as JsonValue, context, abort.signal)
        .catch(brokenOff)
        .then((result) => {
          execution.stopDate = new Date();
          execution.result = result;
        }),
    };
    this.#executions.set(arn, execution);
    return { executionArn: arn, startDate };
  }

  #find(body: JsonObject): Execution {
    const { executionArn } = body as unknown as { readonly executionArn: string };
    const execution = this.#executions.get(executionArn);
    if (execution === undefined)
      throw new AwsError("ExecutionDoesNotExist", `Execution Does Not Exist: '${executionArn}'`);
    return execution;
  }

  #describe(body: JsonObject): unknown {
    const { arn, name, stateMachineArn, input, startDate, stopDate, result } = this.#find(body);
    return {
      executionArn: arn,
      name,
      stateMachineArn,
      input,
      startDate,
      status: result?.status ?? "RUNNING",
      ...(stopDate !== undefined && { stopDate }),
      ...(result?.output !== undefined && { output: JSON.stringify(result.output) }),
      ...(result?.error !== undefined && { error: result.error }),
      ...(result?.cause !== undefined && { cause: result.cause }),
    };
  }

  async #stop(body: JsonObject): Promise<{ readonly stopDate: Date }> {
    const execution = this.#find(body);
    execution.abort.abort();
    await execution.done;
    return { stopDate: execution.stopDate ?? new Date() };
  }
}
