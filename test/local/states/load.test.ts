import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../../lib/domain/json.ts";
import { InvalidDefinitionError } from "../../../lib/local/states/errors.ts";
import { execute } from "../../../lib/local/states/execute.ts";
import { loadStateMachine } from "../../../lib/local/states/load.ts";
import { distributedMap, getObjectArn, inlineMap, invokeArn, machine, pass, putObjectArn, task } from "./machine.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const refusal = (definition: JsonObject): string => {
  try {
    loadStateMachine(definition);
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error.message;
    throw error;
  }
  return "loaded";
};

const ofTask = (more: JsonObject): string => refusal(machine({ S: task(more) }));
const ofMap = (more: JsonObject): string => refusal(machine({ M: inlineMap({ S: pass() }, more) }));
const ofDistributed = (more: JsonObject): string => refusal(machine({ M: distributedMap({ S: pass() }, more) }));
const reader: JsonObject = {
  Resource: getObjectArn,
  ReaderConfig: { InputType: "JSONL" },
  Arguments: { Bucket: "b", Key: "k" },
};

describe("what the interpreter takes", () => {
  test("a definition with every field that it knows is loaded, with the resources that it names", () => {
    const common = { Comment: "why", QueryLanguage: "JSONata" };
    const definition = machine(
      {
        T: task({
          ...common,
          TimeoutSeconds: 5,
          Assign: { a: 1 },
          Output: 1,
          Retry: [
            {
              ErrorEquals: ["A"],
              IntervalSeconds: 1,
              MaxAttempts: 0,
              BackoffRate: 1,
              MaxDelaySeconds: 2,
              JitterStrategy: "FULL",
              Comment: "c",
            },
          ],
          Catch: [{ ErrorEquals: ["A"], Next: "C", Output: 1, Assign: { b: 1 }, Comment: "c" }],
          Next: "C",
        }),
        C: { Type: "Choice", ...common, Choices: [{ Condition: true, Next: "W", Comment: "c" }], Default: "F" },
        W: { Type: "Wait", ...common, Seconds: 1, Next: "D" },
        D: distributedMap(
          { S: pass() },
          {
            ...common,
            Items: undefined as unknown as JsonValue,
            ItemReader: { ...reader, ReaderConfig: { InputType: "JSONL", MaxItems: 5 } },
            ItemSelector: { a: "{% $states.context.Map.Item.Index %}" },
            ItemBatcher: { MaxItemsPerBatch: 40, MaxInputBytesPerBatch: "{% 1000 %}", BatchInput: { a: 1 } },
            ResultWriter: {
              Resource: putObjectArn,
              Arguments: { Bucket: "b", Prefix: "p" },
              WriterConfig: { OutputType: "JSONL", Transformation: "FLATTEN" },
            },
            ToleratedFailureCount: 1,
            ToleratedFailurePercentage: "{% 5 %}",
            MaxConcurrency: 5,
            Retry: [],
            Catch: [],
          },
        ),
        F: { Type: "Fail", ...common, Error: "E", Cause: "{% 'c' %}" },
        Z: { Type: "Succeed", ...common, Output: 1 },
      },
      { Comment: "c", Version: "1.0", TimeoutSeconds: 100 },
    );
    expect(loadStateMachine(definition).resources).toEqual(new Set([invokeArn, getObjectArn, putObjectArn]));
  });

  test("states may be JSONata one by one", () => {
    expect(refusal({ StartAt: "S", States: { S: pass({ QueryLanguage: "JSONata" }) } })).toBe("loaded");
  });

  test("the same definition is compiled once", () => {
    const definition = machine({ S: pass() });
    expect(loadStateMachine(definition)).toBe(loadStateMachine(definition));
  });
});

describe("JSONPath is refused", () => {
  const message = 'state "S", field QueryLanguage: JSONPath is not supported, expected JSONata';

  test.each<[string, JsonObject]>([
    ["where nothing says JSONata", { StartAt: "S", States: { S: pass() } }],
    ["as the machine's language", { QueryLanguage: "JSONPath", StartAt: "S", States: { S: pass() } }],
    ["as a state's language", machine({ S: pass({ QueryLanguage: "JSONPath" }) })],
    ["as the language of a state in a Map", machine({ M: inlineMap({ S: pass({ QueryLanguage: "JSONPath" }) }) })],
  ])("%s", (_title, definition) => {
    expect(refusal(definition)).toBe(message);
  });
});

describe("a field that the interpreter does not know is refused", () => {
  test.each<[string, JsonObject, string]>([
    ["of the machine", machine({ S: pass() }, { Extra: 1 }), "state machine, field Extra: is not supported here"],
    ["of a Pass", machine({ S: pass({ Result: 1 }) }), 'state "S", field Result: is not supported here'],
    [
      "of a Task",
      machine({ S: task({ HeartbeatSeconds: 1 }) }),
      'state "S", field HeartbeatSeconds: is not supported here',
    ],
    [
      "of a Choice",
      machine({ S: { Type: "Choice", Choices: [{ Condition: true, Next: "S" }], End: true } }),
      'state "S", field End: is not supported here',
    ],
    [
      "of a choice rule",
      machine({ S: { Type: "Choice", Choices: [{ Condition: true, Next: "S", Variable: "$.a" }] } }),
      'state "S", field Choices[0]/Variable: is not supported here',
    ],
    [
      "of a Wait",
      machine({ S: { Type: "Wait", Seconds: 1, End: true, SecondsPath: "$.a" } }),
      'state "S", field SecondsPath: is not supported here',
    ],
    ["of a Succeed", machine({ S: { Type: "Succeed", Assign: {} } }), 'state "S", field Assign: is not supported here'],
    ["of a Fail", machine({ S: { Type: "Fail", Output: 1 } }), 'state "S", field Output: is not supported here'],
    [
      "of a retrier",
      machine({ S: task({ Retry: [{ ErrorEquals: ["A"], Delay: 1 }] }) }),
      'state "S", field Retry[0]/Delay: is not supported here',
    ],
    [
      "of a catcher",
      machine({ S: task({ Catch: [{ ErrorEquals: ["A"], Next: "S", ResultPath: "$" }] }) }),
      'state "S", field Catch[0]/ResultPath: is not supported here',
    ],
    [
      "of a state in a Map",
      machine({ M: inlineMap({ S: pass({ Parameters: {} }) }) }),
      'state "S", field Parameters: is not supported here',
    ],
    [
      "of a distributed Map in an inline one",
      machine({ M: inlineMap({ S: pass() }, { ItemReader: reader }) }),
      'state "M", field ItemReader: is not supported here',
    ],
  ])("%s", (_title, definition, message) => {
    expect(refusal(definition)).toBe(message);
  });

  test.each(["ItemReader", "ItemBatcher", "ResultWriter", "ItemProcessor"])("inside of %s", (field) => {
    const whole = distributedMap(
      { S: pass() },
      { ItemReader: reader, ItemBatcher: { MaxItemsPerBatch: 1 }, ResultWriter: { WriterConfig: {} } },
    );
    const { Items: _, ...map } = whole;
    expect(refusal(machine({ M: map }))).toBe("loaded");
    const spoiled = { ...map, [field]: { ...(map[field] as JsonObject), Extra: 1 } };
    expect(refusal(machine({ M: spoiled }))).toBe(`state "M", field ${field}/Extra: is not supported here`);
  });
});

describe("a state is refused", () => {
  test.each<[string, JsonObject, string]>([
    [
      "of a type that the interpreter does not know",
      { S: { Type: "Parallel", Branches: [], End: true } },
      'state "S", field Type: state type "Parallel" is not supported',
    ],
    ["without a type", { S: { End: true } }, 'state "S", field Type: expected a valid string, got none'],
    ["that is no object", { S: 1 }, 'state "S": expected an object, got 1'],
    ["without Next and End", { S: { Type: "Pass" } }, 'state "S", field Next: expected either Next or End: true'],
    [
      "with Next and End",
      { S: { Type: "Pass", Next: "S", End: true } },
      'state "S", field Next: expected either Next or End: true',
    ],
    [
      "that goes on to a state that is not there",
      { S: pass({ Next: "T" }) },
      'state machine: state "S" goes on to "T", which does not exist',
    ],
    [
      "whose catcher goes on to a state that is not there",
      { S: task({ Catch: [{ ErrorEquals: ["A"], Next: "T" }] }) },
      'state machine: state "S" goes on to "T", which does not exist',
    ],
    [
      "whose rule goes on to a state that is not there",
      { S: { Type: "Choice", Choices: [{ Condition: true, Next: "T" }] } },
      'state machine: state "S" goes on to "T", which does not exist',
    ],
    [
      "that is a Choice without rules",
      { S: { Type: "Choice", Choices: [] } },
      'state "S", field Choices: expected at least one rule',
    ],
    [
      "that is a rule without a condition",
      { S: { Type: "Choice", Choices: [{ Next: "S" }] } },
      'state "S", field Choices[0]/Condition: expected a condition, got none',
    ],
    [
      "that waits for nothing",
      { S: { Type: "Wait", End: true } },
      'state "S", field Seconds: expected either Seconds or Timestamp',
    ],
    [
      "that waits for both",
      { S: { Type: "Wait", End: true, Seconds: 1, Timestamp: "2026-01-01T00:00:00Z" } },
      'state "S", field Seconds: expected either Seconds or Timestamp',
    ],
    [
      "that goes out of a Map",
      { M: inlineMap({ S: pass({ Next: "M" }) }) },
      'state "M", field ItemProcessor: state "S" goes on to "M", which does not exist',
    ],
  ])("%s", (_title, states, message) => {
    expect(refusal(machine(states))).toBe(message);
  });

  test("that the machine should start with, but does not have", () => {
    expect(refusal(machine({ S: pass() }, { StartAt: "T" }))).toBe(
      'state machine, field StartAt: there is no state "T"',
    );
  });

  test("that the machine has none of", () => {
    expect(refusal({ QueryLanguage: "JSONata", StartAt: "T" })).toBe(
      'state machine, field StartAt: there is no state "T"',
    );
  });
});

describe("a value is refused", () => {
  test.each<[string, string, string]>([
    [
      "a version other than 1.0",
      refusal(machine({ S: pass() }, { Version: "2.0" })),
      "state machine, field Version: expected 1.0",
    ],
    [
      "a time limit of the machine that is no number",
      refusal(machine({ S: pass() }, { TimeoutSeconds: "{% 1 %}" })),
      'state machine, field TimeoutSeconds: expected a valid integer, got "{% 1 %}"',
    ],
    [
      "a time limit of 0",
      ofTask({ TimeoutSeconds: 0 }),
      'state "S", field TimeoutSeconds: expected a valid integer, got 0',
    ],
    [
      "an integration that waits for its end",
      ofTask({ Resource: "arn:aws:states:::states:startExecution.sync" }),
      'state "S", field Resource: expected a Lambda function or a request-response integration, got arn:aws:states:::states:startExecution.sync',
    ],
    [
      "an activity",
      ofTask({ Resource: "arn:aws:states:us-east-1:1:activity:a" }),
      'state "S", field Resource: expected a Lambda function or a request-response integration, got arn:aws:states:us-east-1:1:activity:a',
    ],
    [
      "an expression that does not parse",
      ofTask({ Output: "{% 1 + %}" }),
      'state "S", field Output: Unexpected end of expression',
    ],
    [
      "a typed expression that does not parse",
      ofTask({ TimeoutSeconds: "{% ( %}" }),
      'state "S", field TimeoutSeconds: Expected ")" before end of expression',
    ],
    [
      "$eval",
      ofTask({ Output: { a: "{% $eval('1') %}" } }),
      'state "S", field Output: $eval is not available in Step Functions',
    ],
    [
      "a name that no variable may have",
      ofTask({ Assign: { "a-b": 1 } }),
      'state "S", field Assign: expected names of variables, got "a-b"',
    ],
    [
      "$states as a variable",
      ofTask({ Assign: { states: 1 } }),
      'state "S", field Assign: expected names of variables, got "states"',
    ],
    [
      "an Assign that is no object",
      ofTask({ Assign: "{% {} %}" }),
      'state "S", field Assign: expected an object, got "{% {} %}"',
    ],
  ])("%s", (_title, message, expected) => {
    expect(message).toBe(expected);
  });

  test("$eval in a text is only a text", () => {
    expect(ofTask({ Output: "{% 'no $eval here' & \"nor $eval here\" %}" })).toBe("loaded");
  });
});

describe("a retrier is refused", () => {
  test.each<[string, JsonObject, string]>([
    ["without names", { ErrorEquals: [] }, "ErrorEquals: expected at least one name of an error"],
    ["with a name that is no text", { ErrorEquals: [1] }, "ErrorEquals: expected names of errors"],
    [
      "with States.ALL among others",
      { ErrorEquals: ["A", "States.ALL"] },
      "ErrorEquals: States.ALL must stand alone, and last in its list",
    ],
    [
      "with a fraction of a second",
      { ErrorEquals: ["A"], IntervalSeconds: 0.5 },
      "IntervalSeconds: expected a valid integer, got 0.5",
    ],
    [
      "with an expression",
      { ErrorEquals: ["A"], IntervalSeconds: "{% 2 %}" },
      'IntervalSeconds: expected a valid integer, got "{% 2 %}"',
    ],
    [
      "with negative attempts",
      { ErrorEquals: ["A"], MaxAttempts: -1 },
      "MaxAttempts: expected a valid integer, got -1",
    ],
    ["with a rate under 1", { ErrorEquals: ["A"], BackoffRate: 0.5 }, "BackoffRate: expected a valid number, got 0.5"],
    [
      "with a largest delay of its interval",
      { ErrorEquals: ["A"], IntervalSeconds: 5, MaxDelaySeconds: 5 },
      "MaxDelaySeconds: expected more than IntervalSeconds, got 5",
    ],
    [
      "with another jitter",
      { ErrorEquals: ["A"], JitterStrategy: "SOME" },
      'JitterStrategy: expected a valid FULL or NONE, got "SOME"',
    ],
  ])("%s", (_title, retrier, message) => {
    expect(ofTask({ Retry: [retrier] })).toBe(`state "S", field Retry[0]/${message}`);
  });

  test("States.ALL before another one is refused", () => {
    const message = "ErrorEquals: States.ALL must stand alone, and last in its list";
    expect(ofTask({ Retry: [{ ErrorEquals: ["States.ALL"] }, { ErrorEquals: ["A"] }] })).toBe(
      `state "S", field Retry[0]/${message}`,
    );
  });
});

describe("a Map is refused", () => {
  const { Items: _, ...withoutItems } = distributedMap({ S: pass() });
  const withReader = (more: JsonObject) =>
    refusal(machine({ M: { ...withoutItems, ItemReader: { ...reader, ...more } } }));

  test.each<[string, string, string]>([
    [
      "without an ItemProcessor",
      refusal(machine({ M: { Type: "Map", End: true } })),
      "ItemProcessor: expected an object, got none",
    ],
    ["with Items that are no array", ofMap({ Items: {} }), "Items: expected a valid array, got {}"],
    [
      "distributed without an ExecutionType",
      ofDistributed({
        ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" }, StartAt: "S", States: { S: pass() } },
      }),
      "ItemProcessor/ProcessorConfig/ExecutionType: expected STANDARD or EXPRESS, got none",
    ],
    ["with items of two kinds", ofDistributed({ ItemReader: reader }), "Items: expected ItemReader or Items, got both"],
    [
      "with a reader of another kind",
      withReader({ Resource: "arn:aws:states:::s3:listObjectsV2" }),
      "ItemReader/Resource: expected arn:aws:states:::s3:getObject, got arn:aws:states:::s3:listObjectsV2",
    ],
    [
      "with a reader of another format",
      withReader({ ReaderConfig: { InputType: "CSV" } }),
      "ItemReader/ReaderConfig/InputType: only JSONL is supported",
    ],
    [
      "with a batcher without a size",
      ofDistributed({ ItemBatcher: { BatchInput: {} } }),
      "ItemBatcher: expected MaxItemsPerBatch or MaxInputBytesPerBatch",
    ],
    [
      "with batches over 256 KiB",
      ofDistributed({ ItemBatcher: { MaxInputBytesPerBatch: 262_145 } }),
      "ItemBatcher/MaxInputBytesPerBatch: expected a valid integer, got 262145",
    ],
    ["with an empty writer", ofDistributed({ ResultWriter: {} }), "ResultWriter: expected Resource or WriterConfig"],
    [
      "with a writer that writes nowhere",
      ofDistributed({ ResultWriter: { Resource: putObjectArn } }),
      "ResultWriter/Arguments: expected an object, got none",
    ],
    [
      "with another transformation",
      ofDistributed({ ResultWriter: { WriterConfig: { Transformation: "ALL" } } }),
      'ResultWriter/WriterConfig/Transformation: expected a valid NONE or COMPACT or FLATTEN, got "ALL"',
    ],
    [
      "with a tolerance over 100 %",
      ofDistributed({ ToleratedFailurePercentage: 101 }),
      "ToleratedFailurePercentage: expected a valid number, got 101",
    ],
    [
      "with a label that has a blank",
      ofDistributed({ Label: "a b" }),
      'Label: expected 1 to 40 letters, digits, "-", "_" or "." that no other Map has, got "a b"',
    ],
    [
      "with a label of 41 characters",
      ofDistributed({ Label: "a".repeat(41) }),
      `Label: expected 1 to 40 letters, digits, "-", "_" or "." that no other Map has, got "${"a".repeat(41)}"`,
    ],
  ])("%s", (_title, message, expected) => {
    expect(message).toBe(`state "M", field ${expected}`);
  });

  test("with a label that another Map has", () => {
    const states = { M: distributedMap({ S: pass() }, { Next: "N", End: false }), N: distributedMap({ T: pass() }) };
    expect(refusal(machine(states))).toContain('state "N", field Label: ');
  });

  test("distributed within EXPRESS children, where AWS would not run it", () => {
    const definition = machine({
      M: distributedMap({ I: inlineMap({ D: distributedMap({ S: pass() }, { Label: "other" }) }) }),
    });
    expect(refusal(definition)).toBe(
      'state "D", field ItemProcessor: a Distributed Map cannot run in EXPRESS children',
    );
  });
});

describe("scopes of variables", () => {
  const twice = (map: JsonObject) => refusal(machine({ First: pass({ Assign: { a: 1 }, Next: "M" }), M: map }));

  test("a Map's states may not assign what the states around it assign", () => {
    expect(twice(inlineMap({ S: pass({ Assign: { a: 1 } }) }))).toBe(
      'state machine: variable a is assigned inside and outside of state "M"',
    );
  });

  test("nor may the states of a Map in it", () => {
    expect(twice(inlineMap({ I: inlineMap({ S: pass({ Assign: { a: 1 } }) }) }))).toContain(
      "variable a is assigned inside and outside",
    );
  });

  test("two Maps beside each other may assign the same names", () => {
    const states = {
      M: inlineMap({ S: pass({ Assign: { a: 1 } }) }, { Next: "N" }),
      N: inlineMap({ T: pass({ Assign: { a: 1 } }) }),
    };
    expect(refusal(machine(states))).toBe("loaded");
  });

  test("children of a distributed Map have variables of their own", () => {
    expect(twice(distributedMap({ S: pass({ Assign: { a: 1 } }) }))).toBe("loaded");
  });
});

describe("execute", () => {
  test("refuses an invalid definition before anything runs", async () => {
    const call = execute({ StartAt: "S" }, {}, { resources: {}, clock: createVirtualClock() });
    await expect(call).rejects.toThrow(InvalidDefinitionError);
  });

  test("refuses a definition that names a resource that is not given", async () => {
    const call = execute(machine({ S: task() }), {}, { resources: {}, clock: createVirtualClock() });
    await expect(call).rejects.toThrow("no resource is given for arn:aws:states:::lambda:invoke");
  });
});
