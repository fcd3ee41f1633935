import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../lib/domain/json.ts";
import {
  distributedMap,
  failing,
  getObjectArn,
  hanging,
  inlineMap,
  machine,
  pass,
  run,
  task,
  typesOf,
} from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:work";
const toFallback = { Catch: [{ ErrorEquals: ["States.ALL"], Next: "Fallback" }] };
const retryOnce = { Retry: [{ ErrorEquals: ["States.ALL"], MaxAttempts: 1 }] };

/** Types between ExecutionStarted and the end, with the end. */
const eventsOf = async (...call: Parameters<typeof run>): Promise<string> => {
  const [first, ...rest] = typesOf(await run(...call));
  expect(first).toBe("ExecutionStarted");
  return rest.join(" ");
};

describe("events of states", () => {
  test.each<[string, JsonObject, string]>([
    ["a Pass", { S: pass() }, "PassStateEntered PassStateExited ExecutionSucceeded"],
    ["a Succeed", { S: { Type: "Succeed" } }, "SucceedStateEntered SucceedStateExited ExecutionSucceeded"],
    ["a Fail", { S: { Type: "Fail" } }, "FailStateEntered ExecutionFailed"],
    ["a Wait", { S: { Type: "Wait", Seconds: 1, End: true } }, "WaitStateEntered WaitStateExited ExecutionSucceeded"],
    [
      "a Choice",
      { S: { Type: "Choice", Choices: [{ Condition: true, Next: "T" }] }, T: pass() },
      "ChoiceStateEntered ChoiceStateExited PassStateEntered PassStateExited ExecutionSucceeded",
    ],
    [
      "a Choice without a match",
      { S: { Type: "Choice", Choices: [{ Condition: false, Next: "S" }] } },
      "ChoiceStateEntered ExecutionFailed",
    ],
    [
      "an Output that cannot be evaluated",
      { S: pass({ Output: "{% $none %}" }) },
      "PassStateEntered EvaluationFailed ExecutionFailed",
    ],
    [
      "an Assign that cannot be evaluated",
      { S: pass({ Assign: { a: "{% $none %}" } }) },
      "PassStateEntered EvaluationFailed ExecutionFailed",
    ],
    [
      "Arguments that cannot be evaluated",
      { S: task({ Arguments: "{% $none %}" }) },
      "TaskStateEntered EvaluationFailed ExecutionFailed",
    ],
    [
      "a Timestamp that is none",
      { S: { Type: "Wait", Timestamp: "{% 'noon' %}", End: true } },
      "WaitStateEntered EvaluationFailed ExecutionFailed",
    ],
  ])("%s", async (_title, states, events) => {
    expect(await eventsOf(machine(states), {}, { invoke: failing() })).toBe(events);
  });
});

describe("events of a Task", () => {
  const states = (more: JsonObject = {}) => machine({ S: task(more), Fallback: pass() });

  test.each<[string, JsonObject, string[], string]>([
    [
      "that succeeds",
      {},
      [],
      "TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded",
    ],
    ["that fails", {}, ["A"], "TaskStateEntered TaskScheduled TaskStarted TaskFailed ExecutionFailed"],
    [
      "that is caught",
      toFallback,
      ["A"],
      "TaskStateEntered TaskScheduled TaskStarted TaskFailed TaskStateExited PassStateEntered PassStateExited ExecutionSucceeded",
    ],
    [
      "that is retried",
      retryOnce,
      ["A"],
      "TaskStateEntered TaskScheduled TaskStarted TaskFailed TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded",
    ],
    [
      "that is retried in vain",
      retryOnce,
      ["A", "A"],
      "TaskStateEntered TaskScheduled TaskStarted TaskFailed TaskScheduled TaskStarted TaskFailed ExecutionFailed",
    ],
    [
      "whose Output cannot be evaluated",
      { Output: "{% $none %}" },
      [],
      "TaskStateEntered TaskScheduled TaskStarted TaskSucceeded EvaluationFailed ExecutionFailed",
    ],
  ])("%s", async (_title, more, names, events) => {
    expect(await eventsOf(states(more), {}, { invoke: failing(...names) })).toBe(events);
  });

  test("whose time is up", async () => {
    const events = await eventsOf(states({ TimeoutSeconds: 5 }), {}, { invoke: hanging() });
    expect(events).toBe("TaskStateEntered TaskScheduled TaskStarted TaskTimedOut ExecutionFailed");
  });

  test.each<[string, string[], string]>([
    ["that is a plain function", [], "LambdaFunctionSucceeded TaskStateExited ExecutionSucceeded"],
    ["that is a plain function and fails", ["A"], "LambdaFunctionFailed ExecutionFailed"],
  ])("%s", async (_title, names, events) => {
    const resources = { [functionArn]: failing(...names) };
    const actual = await eventsOf(machine({ S: task({ Resource: functionArn }) }), {}, { resources });
    expect(actual).toBe(`TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted ${events}`);
  });

  test("that is a plain function whose time is up", async () => {
    const definition = machine({ S: task({ Resource: functionArn, TimeoutSeconds: 5 }) });
    const result = await run(definition, {}, { resources: { [functionArn]: hanging() } });
    expect(typesOf(result).slice(-2)).toEqual(["LambdaFunctionTimedOut", "ExecutionFailed"]);
    expect(result.history.at(-2)).toMatchObject({ lambdaFunctionTimedOutEventDetails: { error: "States.Timeout" } });
  });

  test("carry AWS's details", async () => {
    const definition = states({ TimeoutSeconds: 9, ...retryOnce, Output: { out: 1 }, Assign: { v: [1] } });
    const { history } = await run(definition, { a: 1 }, { invoke: failing("A") });
    const service = { resourceType: "lambda", resource: "invoke" };
    const parameters = JSON.stringify({ input: { a: 1 }, retryCount: 0 });
    const result = JSON.stringify({ input: { a: 1 }, retryCount: 1 });
    const details = history.map(
      ({ id: _id, previousEventId: _previous, timestamp: _timestamp, type: _type, ...rest }) => rest,
    );
    const untruncated = { truncated: false };
    expect(details).toMatchObject([
      { executionStartedEventDetails: { input: '{"a":1}', inputDetails: untruncated, roleArn: expect.any(String) } },
      { stateEnteredEventDetails: { name: "S", input: '{"a":1}', inputDetails: untruncated } },
      { taskScheduledEventDetails: { ...service, parameters, region: "us-east-1", timeoutInSeconds: 9 } },
      { taskStartedEventDetails: service },
      { taskFailedEventDetails: { ...service, error: "A", cause: "A happened" } },
      { taskScheduledEventDetails: service },
      { taskStartedEventDetails: service },
      { taskSucceededEventDetails: { ...service, output: result, outputDetails: untruncated } },
      {
        stateExitedEventDetails: {
          name: "S",
          output: '{"out":1}',
          assignedVariables: { v: "[1]" },
          assignedVariablesDetails: untruncated,
        },
      },
      { executionSucceededEventDetails: { output: '{"out":1}', outputDetails: untruncated } },
    ]);
  });
});

describe("events of an inline Map", () => {
  const ofMap = (states: JsonObject, more: JsonObject = {}) =>
    machine({ M: inlineMap(states, { MaxConcurrency: 1, ...more }), Fallback: pass() });
  const failed = "MapIterationStarted FailStateEntered MapIterationFailed";
  const bad: JsonObject = { F: { Type: "Fail", Error: "Bad" } };

  test("its iterations follow one another where MaxConcurrency is 1", async () => {
    const iteration = "MapIterationStarted PassStateEntered PassStateExited MapIterationSucceeded";
    expect(await eventsOf(ofMap({ P: pass() }), { items: [1, 2] })).toBe(
      `MapStateEntered MapStateStarted ${iteration} ${iteration} MapStateSucceeded MapStateExited ExecutionSucceeded`,
    );
  });

  test("iterations that run at a time all start, and then schedule their tasks, before a task starts", async () => {
    const { history } = await run(
      ofMap({ T: task() }, { MaxConcurrency: 0 }),
      { items: [1, 2] },
      { invoke: failing() },
    );
    expect(
      history
        .slice(2, 11)
        .map(({ type }) => type)
        .join(" "),
    ).toBe(
      "MapStateStarted MapIterationStarted MapIterationStarted TaskStateEntered TaskScheduled TaskStateEntered TaskScheduled TaskStarted TaskStarted",
    );
  });

  test.each<[string, JsonObject, JsonObject, string]>([
    [
      "without items",
      { P: pass() },
      { Items: [] },
      "MapStateEntered MapStateStarted MapStateSucceeded MapStateExited ExecutionSucceeded",
    ],
    [
      "whose Items are no array",
      { P: pass() },
      { Items: "{% 1 %}" },
      "MapStateEntered EvaluationFailed MapStateFailed ExecutionFailed",
    ],
    ["that fails", bad, {}, `MapStateEntered MapStateStarted ${failed} MapStateFailed ExecutionFailed`],
    [
      "that is caught",
      bad,
      toFallback,
      `MapStateEntered MapStateStarted ${failed} MapStateFailed MapStateExited PassStateEntered PassStateExited ExecutionSucceeded`,
    ],
    [
      "that is retried in vain",
      bad,
      retryOnce,
      `MapStateEntered MapStateStarted ${failed} MapStateStarted ${failed} MapStateFailed ExecutionFailed`,
    ],
    [
      "with an evaluation that fails in it",
      { P: pass({ Output: "{% $none %}" }) },
      {},
      "MapStateEntered MapStateStarted MapIterationStarted PassStateEntered EvaluationFailed MapIterationFailed MapStateFailed ExecutionFailed",
    ],
    [
      "with a task that fails in it",
      { T: task() },
      {},
      "MapStateEntered MapStateStarted MapIterationStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed MapIterationFailed TaskStateAborted MapStateFailed ExecutionFailed",
    ],
  ])("%s", async (_title, states, more, events) => {
    expect(await eventsOf(ofMap(states, more), { items: [1] }, { invoke: failing("A") })).toBe(events);
  });

  test("that aborts iterations which run", async () => {
    const definition = ofMap(
      {
        C: {
          Type: "Choice",
          Choices: [
            { Condition: "{% $states.input = 'wait' %}", Next: "W" },
            { Condition: "{% $states.input = 'map' %}", Next: "I" },
          ],
          Default: "F",
        },
        W: { Type: "Wait", Seconds: 60, End: true },
        I: inlineMap({ T: task() }, { Items: [1] }),
        F: { Type: "Fail", Error: "Bad" },
      },
      { MaxConcurrency: 3 },
    );
    const result = await run(definition, { items: ["wait", "map", "fail"] }, { invoke: hanging() });
    const types = typesOf(result);
    expect(types.slice(types.indexOf("MapIterationFailed")).toSorted()).toEqual(
      [
        "MapIterationFailed",
        "MapIterationAborted",
        "WaitStateAborted",
        "MapIterationAborted",
        "TaskStateAborted",
        "MapIterationAborted",
        "MapStateAborted",
        "MapStateFailed",
        "ExecutionFailed",
      ].toSorted(),
    );
    expect(types.slice(-2)).toEqual(["MapStateFailed", "ExecutionFailed"]);
  });

  test("name the iteration and the failure", async () => {
    const { history } = await run(ofMap({ P: pass() }), { items: ["a"] });
    expect(history[2]).toMatchObject({ mapStateStartedEventDetails: { length: 1 } });
    expect(history[3]).toMatchObject({ mapIterationStartedEventDetails: { name: "M", index: 0 } });
    expect(history[6]).toMatchObject({ mapIterationSucceededEventDetails: { name: "M", index: 0 } });
  });

  test("of an evaluation that failed say where and why", async () => {
    const { history } = await run(machine({ P: pass({ Output: { a: "{% $none %}" } }) }));
    expect(history[2]).toMatchObject({
      evaluationFailedEventDetails: {
        error: "States.QueryEvaluationError",
        location: "Output/a",
        state: "P",
        cause:
          "An error occurred while executing the state 'P' (entered at the event id #2). The JSONata expression '$none' specified for the field 'Output/a' returned nothing (undefined).",
      },
    });
  });
});

describe("events of a distributed Map", () => {
  const started = "MapStateEntered MapStateStarted MapRunStarted";

  test("have nothing of its children", async () => {
    const result = await run(machine({ M: distributedMap({ P: pass() }) }), { items: [1, 2] });
    expect(typesOf(result).join(" ")).toBe(
      `ExecutionStarted ${started} MapRunSucceeded MapStateSucceeded MapStateExited ExecutionSucceeded`,
    );
    expect(result.history[2]).toMatchObject({ mapStateStartedEventDetails: { length: 2 } });
    expect(result.history[3]).toMatchObject({
      mapRunStartedEventDetails: {
        mapRunArn: "arn:aws:states:us-east-1:000000000000:mapRun:StateMachine/children:id-2",
      },
    });
  });

  test("that fails", async () => {
    const definition = machine({
      M: distributedMap({ F: { Type: "Fail", Error: "Bad" } }, toFallback),
      Fallback: pass(),
    });
    const result = await run(definition, { items: [1] });
    expect(typesOf(result).join(" ")).toBe(
      `ExecutionStarted ${started} MapRunFailed MapStateFailed MapStateExited PassStateEntered PassStateExited ExecutionSucceeded`,
    );
    expect(result.history[4]).toMatchObject({
      mapRunFailedEventDetails: {
        error: "States.ExceedToleratedFailureThreshold",
        cause: "The specified tolerated failure threshold was exceeded",
      },
    });
  });

  test("whose reader fails", async () => {
    const { Items: _, ...map } = distributedMap({ P: pass() });
    const reader = { Resource: getObjectArn, ReaderConfig: { InputType: "JSONL" }, Arguments: {} };
    const events = await eventsOf(
      machine({ M: { ...map, ItemReader: reader } }),
      {},
      { resources: { [getObjectArn]: failing("S3.NoSuchKey") } },
    );
    expect(events).toBe(`${started} MapRunFailed MapStateFailed ExecutionFailed`);
  });

  test("whose settings cannot be evaluated", async () => {
    const events = await eventsOf(machine({ M: distributedMap({ P: pass() }, { MaxConcurrency: "{% 'x' %}" }) }), {
      items: [],
    });
    expect(events).toBe("MapStateEntered EvaluationFailed MapStateFailed ExecutionFailed");
  });
});

describe("the chain of events", () => {
  test("ids count from 1, and each event follows another, the first state's none", async () => {
    const { history } = await run(machine({ A: pass({ Next: "B" }), B: pass() }));
    expect(history.map(({ id, previousEventId }) => [id, previousEventId])).toEqual([
      [1, 0],
      [2, 0],
      [3, 2],
      [4, 3],
      [5, 4],
      [6, 5],
    ]);
  });

  test("iterations follow the start of their Map", async () => {
    const { history } = await run(machine({ M: inlineMap({ P: pass() }) }), { items: [1, 2] });
    const starts = history.filter(({ type }) => type === "MapIterationStarted");
    expect(starts.map(({ previousEventId }) => previousEventId)).toEqual([3, 3]);
  });

  test("events carry the clock's time", async () => {
    const clock = createVirtualClock(0);
    const { history } = await run(machine({ W: { Type: "Wait", Seconds: 5, End: true } }), {}, { clock });
    expect(history.map(({ timestamp }) => timestamp.getTime())).toEqual([0, 0, 5000, 5000]);
  });

  test("no events are kept where none are wanted", async () => {
    expect((await run(machine({ P: pass() }), {}, { keepHistory: false })).history).toEqual([]);
  });
});
