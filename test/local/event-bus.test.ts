import { expect, test } from "vitest";

import { createEventBus } from "../../lib/local/event-bus.ts";
import type { InvocationResult } from "../../lib/local/lambda-runtime.ts";
import { s3ObjectCreatedEvent } from "../../lib/local/s3-object-created-event.ts";
import type { ResolvedResource } from "../../lib/local/template.ts";
import { upload } from "./uploads.ts";

const event = s3ObjectCreatedEvent(upload);

const resource = (type: string, properties: Record<string, unknown>): ResolvedResource => ({
  logicalId: "Resource",
  type,
  properties: () => properties,
});

const ruleFor = (key: string, ...targets: readonly string[]) =>
  resource("AWS::Events::Rule", {
    EventPattern: { source: ["aws.s3"], detail: { object: { key: [{ wildcard: key }] } } },
    Targets: targets.map((Arn) => ({ Arn, Id: Arn })),
  });

const failure: InvocationResult = {
  functionError: "Unhandled",
  errorType: "ThrottlingException",
  errorMessage: "slow down",
  trace: [],
};

/** A bus whose functions fail so many times; what they were given and what was dropped is on record. */
const createBus = (rules: readonly ResolvedResource[], failures = 0) => {
  const delivered: (readonly [string, unknown])[] = [];
  const dropped: (readonly [string, string])[] = [];
  const invoke = async (arn: string, payload: string): Promise<InvocationResult> => {
    delivered.push([arn, JSON.parse(payload)]);
    return delivered.length > failures ? { payload: "null" } : failure;
  };
  const bus = createEventBus(rules, invoke, (target, message) => void dropped.push([target, message]));
  return { bus, delivered, dropped };
};

test("an event goes to the targets of the rules that match, as it is", async () => {
  const { bus, delivered } = createBus([
    ruleFor("inbox/*/predictions.jsonl", "arn:a", "arn:b"),
    ruleFor("outbox/*", "arn:c"),
    resource("AWS::SQS::Queue", {}),
  ]);
  await bus.put(event);
  expect(delivered).toEqual([
    ["arn:a", event],
    ["arn:b", event],
  ]);
});

test("an event that no rule matches goes nowhere", async () => {
  const { bus, delivered } = createBus([ruleFor("outbox/*", "arn:a")]);
  await bus.put(event);
  expect(delivered).toEqual([]);
});

test("a function that fails on an event gets it twice again", async () => {
  const { bus, delivered, dropped } = createBus([ruleFor("inbox/*", "arn:a")], 2);
  await bus.put(event);
  expect(delivered).toHaveLength(3);
  expect(dropped).toEqual([]);
});

test("an event that a function fails on three times is dropped, and the log says why", async () => {
  const { bus, delivered, dropped } = createBus([ruleFor("inbox/*", "arn:a")], Infinity);
  await bus.put(event);
  expect(delivered).toHaveLength(3);
  expect(dropped).toEqual([["arn:a", "ThrottlingException: slow down"]]);
});

test("a pattern that the embedded cloud cannot match is refused when the rules are read", () => {
  const rule = resource("AWS::Events::Rule", {
    EventPattern: { source: [{ "equals-ignore-case": "x" }] },
    Targets: [],
  });
  expect(() => createBus([rule])).toThrow("equals-ignore-case");
});
