import { getLanguageService, TextDocument } from "amazon-states-language-service";
import { beforeAll, describe, expect, test } from "vitest";

import { limits } from "../../lib/domain/function-environment.ts";
import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";
import { type Retrier, serviceRetrier, stepRetrier, taskRetriers } from "../../lib/domain/retry-policy.ts";
import { definitionOf, synthesize, type SynthesizedStack } from "./synthesized-stack.ts";

let stack: SynthesizedStack;
let definition: JsonObject;

beforeAll(() => {
  stack = synthesize();
  definition = definitionOf(stack);
});

/** What the language service says of a definition. */
const diagnose = async (value: JsonValue): Promise<readonly string[]> => {
  const service = getLanguageService({});
  const document = TextDocument.create("file://run.asl.json", "json", 1, JSON.stringify(value, null, 2));
  const diagnostics = await service.doValidation(document, service.parseJSONDocument(document));
  return diagnostics.map(({ message, range }) => `line ${range.start.line + 1}: ${JSON.stringify(message)}`);
};

/** Every state of the definition, inner ones included, by name. */
const statesIn = (machine: JsonObject): Readonly<Record<string, JsonObject>> => {
  const states = machine["States"] as Readonly<Record<string, JsonObject>>;
  const inner = Object.values(states).flatMap(({ ItemProcessor }) =>
    ItemProcessor === undefined ? [] : [statesIn(ItemProcessor as JsonObject)],
  );
  return Object.assign({}, states, ...inner) as Record<string, JsonObject>;
};

const state = (name: string): JsonObject => {
  const found = statesIn(definition)[name];
  if (found === undefined) throw new Error(`state ${name}: expected it in the definition`);
  return found;
};

const steps = ["PlanWaves", "AssignWave", "PublishSignals", "ScoreWave", "WriteReport"];

/** A retrier as the state machine has it. */
const retryBlock = (retrier: Retrier): JsonObject => ({
  ErrorEquals: retrier.errorEquals,
  IntervalSeconds: retrier.intervalSeconds,
  MaxAttempts: retrier.maxAttempts,
  BackoffRate: retrier.backoffRate,
  ...(retrier.maxDelaySeconds !== undefined && { MaxDelaySeconds: retrier.maxDelaySeconds }),
  ...(retrier.jitterStrategy !== undefined && { JitterStrategy: retrier.jitterStrategy }),
});

/** The time limit of the function that a state invokes. */
const functionTimeout = (name: string): number => {
  const invoked = (state(name)["Arguments"] as JsonObject)["FunctionName"] as string;
  const [, fn] = stack.ofType("AWS::Lambda::Function").find(([id]) => invoked.endsWith(`:${id}`)) ?? [];
  return Number(fn?.Properties["Timeout"]);
};

describe("the definition", () => {
  test("has nothing that the language service complains of", async () => {
    expect(await diagnose(definition)).toEqual([]);
  });

  test.each([
    ["a state that is not there", { StartAt: "A", States: { A: { Type: "Pass", Next: "B" } } }],
    ["a state that nothing leads to", { StartAt: "A", States: { A: { Type: "Succeed" }, B: { Type: "Succeed" } } }],
    ["a type of state that does not exist", { Type: "Parse", End: true }],
    ["a time that is no number", { Type: "Wait", Seconds: "soon", End: true }],
  ])("would be complained of with %s", async (_, spoiled) => {
    const machine = "States" in spoiled ? spoiled : { StartAt: "A", States: { A: spoiled } };
    expect(await diagnose({ QueryLanguage: "JSONata", ...machine })).not.toEqual([]);
  });

  test("is traced and logs its errors", () => {
    const [[, machine] = []] = stack.ofType("AWS::StepFunctions::StateMachine");
    expect(machine?.Properties).toMatchObject({
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: "ERROR" },
    });
  });
});

describe("retries", () => {
  test("of a task are those of the domain's tables, in their order, the services' own last", () => {
    expect(state("ExecuteTask")["Retry"]).toEqual([...taskRetriers, serviceRetrier].map(retryBlock));
  });

  test("of a batch are those of the services", () => {
    expect(state("ExecuteBatch")["Retry"]).toEqual([retryBlock(serviceRetrier)]);
  });

  test.each(steps)("of the step %s are the domain's", (name) => {
    expect(state(name)["Retry"]).toEqual([retryBlock(stepRetrier)]);
  });

  test("stand nowhere else", () => {
    const retried = Object.entries(statesIn(definition)).filter(([, { Retry }]) => Retry !== undefined);
    expect(retried.map(([name]) => name).toSorted()).toEqual(
      [...steps, "ExecuteBatch", "ExecuteTask", "RecordFailure", "SalvageRun"].toSorted(),
    );
  });
});

describe("time limits", () => {
  test.each(steps)("of the step %s: the function ends before the state that waits for it", (name) => {
    expect(functionTimeout(name)).toBe(limits.stepTimeoutSeconds);
    expect(functionTimeout(name)).toBeLessThan(Number(state(name)["TimeoutSeconds"]));
  });

  test("of the executor: the function ends before its state, and that before the Express child", () => {
    const stateSeconds = Number(state("ExecuteTask")["TimeoutSeconds"]);
    expect(state("ExecuteBatch")["TimeoutSeconds"]).toBe(stateSeconds);
    expect(functionTimeout("ExecuteTask")).toBe(limits.executorTimeoutSeconds);
    expect(functionTimeout("ExecuteTask")).toBeLessThan(stateSeconds);
    expect(stateSeconds).toBe(limits.executorStateTimeoutSeconds);
    expect(stateSeconds).toBeLessThan(300);
  });
});

describe("dispatching", () => {
  test("is a Distributed Map of Express children over the assignments", () => {
    expect(state("DispatchTasks")).toMatchObject({
      ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" } },
      ItemReader: {
        Resource: "arn:aws:states:::s3:getObject",
        ReaderConfig: { InputType: "JSONL" },
        Arguments: { Key: "{% $states.input.assignments_key %}" },
      },
    });
  });

  test("keeps to the limits of the domain", () => {
    expect(state("DispatchTasks")).toMatchObject({
      MaxConcurrency: "{% $exists($states.input.dispatch_concurrency) ? $states.input.dispatch_concurrency : 20 %}",
      ItemBatcher: { MaxItemsPerBatch: limits.batchSize, MaxInputBytesPerBatch: limits.batchBytes },
    });
    expect(state("ExecuteTasks")["MaxConcurrency"]).toBe(limits.batchSize);
  });

  test("tolerates every child that dies, so that no batch fails a wave", () => {
    expect(state("DispatchTasks")["ToleratedFailurePercentage"]).toBe(100);
  });

  test("writes the results to the bucket, a line each", () => {
    expect(state("DispatchTasks")["ResultWriter"]).toMatchObject({
      Resource: "arn:aws:states:::s3:putObject",
      Arguments: { Prefix: "{% $states.input.results_prefix %}" },
      WriterConfig: { OutputType: "JSONL", Transformation: "FLATTEN" },
    });
  });

  test("lets the tasks of a batch go on alone, whatever its executor died of, unless none was free or no time is left", () => {
    expect(state("ExecuteBatch")["Catch"]).toMatchObject([
      {
        ErrorEquals: ["Lambda.TooManyRequestsException", "States.Timeout", "Sandbox.Timedout"],
        Next: "BatchNotDone",
      },
      { ErrorEquals: ["States.ALL"], Next: "ExecuteTasks", Assign: { ended: [] } },
    ]);
  });

  test("gives a task whose executor died a result, whatever the error", () => {
    expect(state("ExecuteTask")["Catch"]).toMatchObject([{ ErrorEquals: ["States.ALL"], Next: "ExecutorDied" }]);
  });
});

describe("the run", () => {
  test.each(["PlanWaves", "RunGroups", "WriteReport"])("is on record as FAILED when %s fails", (name) => {
    expect(state(name)["Catch"]).toMatchObject([{ ErrorEquals: ["States.ALL"], Next: "RecordFailure" }]);
    expect(state("RecordFailure")["Next"]).toBe("SalvageRun");
    expect(state("SalvageRun")).toMatchObject({
      Next: "RunFailed",
      Output: "{% $states.input %}",
      Catch: [{ ErrorEquals: ["States.ALL"], Next: "RunFailed" }],
    });
    expect(state("RunFailed")["Type"]).toBe("Fail");
  });

  test("takes the groups one after the other, and in a group as many waves at a time as the run asked for", () => {
    expect(state("RunGroups")["MaxConcurrency"]).toBe(1);
    expect(state("RunWaves")["MaxConcurrency"]).toBe("{% $states.input.wave_concurrency %}");
  });

  test("scores a wave after its signals are confirmed, and comes back from a pass to the assignment", () => {
    expect(state("PublishSignals")["Next"]).toBe("ScoreWave");
    expect(state("DispatchTasks")["Next"]).toBe("AssignWave");
    expect(state("Wait")["Next"]).toBe("AssignWave");
    expect(state("WaitAfterBrokenDispatch")["Next"]).toBe("AssignWave");
  });
});
