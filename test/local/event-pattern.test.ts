import { describe, expect, test } from "vitest";
import { compilePattern } from "../../lib/local/event-pattern.ts";
import { UnsupportedLocallyError } from "../../lib/local/unsupported-error.ts";

const event = {
  source: "aws.s3",
  count: 3,
  flag: false,
  nothing: null,
  empty: [],
  resources: ["arn:a", "arn:b"],
  detail: { bucket: { name: "inbox" }, object: { key: "inbox/run.1/predictions.jsonl" } },
  parts: [
    { name: "x", size: 1 },
    { name: "y", size: 2 },
  ],
};

const key = (matcher: unknown) => ({ detail: { object: { key: [matcher] } } });

describe("an event matches", () => {
  test.each<[string, unknown]>([
    ["a pattern without fields", {}],
    ["an exact text", { source: ["aws.s3"] }],
    ["one of several values", { source: ["aws.sqs", "aws.s3"] }],
    ["a number, a boolean and null", { count: [3], flag: [false], nothing: [null] }],
    ["a value that one element of an array has", { resources: ["arn:b"] }],
    ["a pattern that one object of an array matches", { parts: { name: ["y"], size: [2] } }],
    ["several fields at once", { source: ["aws.s3"], detail: { bucket: { name: ["inbox"] } } }],
    ["prefix", key({ prefix: "inbox/" })],
    ["suffix", key({ suffix: "predictions.jsonl" })],
    ["prefix or suffix", { detail: { object: { key: [{ prefix: "no" }, { suffix: ".jsonl" }] } } }],
    ["wildcard across slashes", key({ wildcard: "inbox/*/predictions.jsonl" })],
    ["wildcard with several stars", key({ wildcard: "*run.*.jsonl" })],
    ["wildcard without a star", key({ wildcard: "inbox/run.1/predictions.jsonl" })],
    ["anything-but of a text", { source: [{ "anything-but": "aws.sqs" }] }],
    ["anything-but of a list", { count: [{ "anything-but": [1, 2] }] }],
    ["anything-but of a prefix", key({ "anything-but": { prefix: "runs/" } })],
    ["exists true", { source: [{ exists: true }] }],
    ["exists true of null", { nothing: [{ exists: true }] }],
    ["exists false", { detail: { absent: [{ exists: false }] } }],
  ])("%s", (_, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(true);
  });
});

describe("an event does not match", () => {
  test.each<[string, unknown]>([
    ["another text", { source: ["aws.sqs"] }],
    ["a number written as a text", { count: ["3"] }],
    ["a field that is absent", { absent: ["x"] }],
    ["a field that every object has", { toString: [{ exists: true }] }],
    ["a pattern of which one field does not match", { source: ["aws.s3"], count: [4] }],
    ["a pattern that only two objects of an array match together", { parts: { name: ["x"], size: [2] } }],
    ["an array without elements", { empty: ["x"] }],
    ["a nested pattern where the event has a plain value", { source: { deep: ["x"] } }],
    ["prefix elsewhere in the text", key({ prefix: "run" })],
    ["prefix of a number", { count: [{ prefix: "3" }] }],
    ["suffix elsewhere in the text", key({ suffix: "predictions" })],
    ["wildcard that needs more", key({ wildcard: "inbox/*/*/predictions.jsonl" })],
    ["wildcard whose dot is another character", key({ wildcard: "inbox/run?1/*" })],
    ["wildcard with an escaped star", key({ wildcard: String.raw`inbox/\*` })],
    ["anything-but of the text itself", { source: [{ "anything-but": "aws.s3" }] }],
    ["anything-but of a list that holds it", { count: [{ "anything-but": [3, 4] }] }],
    ["anything-but of its prefix", key({ "anything-but": { prefix: "inbox/" } })],
    ["anything-but of a field that is absent", { absent: [{ "anything-but": "x" }] }],
    ["anything-but a prefix of a field that is absent", { absent: [{ "anything-but": { prefix: "x" } }] }],
    ["exists true of a field that is absent", { absent: [{ exists: true }] }],
    ["exists false of a field that is there", { source: [{ exists: false }] }],
  ])("%s", (_, pattern) => {
    expect(compilePattern(pattern)(event)).toBe(false);
  });
});

test("an escaped star and an escaped backslash stand for themselves", () => {
  const matches = compilePattern({ a: [{ wildcard: String.raw`\*\\*` }] });
  expect(matches({ a: String.raw`*\anything` })).toBe(true);
  expect(matches({ a: "xx" })).toBe(false);
});

test("what is no object matches nothing", () => {
  expect(compilePattern({})(undefined)).toBe(false);
});

test("each character of an expression stands for itself in a wildcard", () => {
  const text = "a.b+c?d^e$f{g}h(i)j|k[l]m/n-o";
  const matches = compilePattern({ a: [{ wildcard: `*${text}*` }] });
  expect(matches({ a: `<${text}>` })).toBe(true);
  expect(matches({ a: text.replace(".", "x") })).toBe(false);
});

describe("a pattern is refused that", () => {
  test.each<[string, unknown, string]>([
    ["is no object", [], "pattern: expected an object, received []"],
    ["has a plain value where a list belongs", { a: "x" }, 'pattern.a: expected an object, received "x"'],
    ["has an empty list", { a: { b: [] } }, "pattern.a.b: expected at least one value, received []"],
    [
      "uses an operator the embedded cloud does not have",
      { a: [{ numeric: [">", 1] }] },
      'pattern.a: operator is not supported by the embedded cloud, received {"numeric":[">",1]}',
    ],
    [
      "uses an operator with a text that it does not have",
      { a: [{ "equals-ignore-case": "x" }] },
      'pattern.a: operator is not supported by the embedded cloud, received {"equals-ignore-case":"x"}',
    ],
    [
      "uses $or",
      { $or: [{ a: [1] }] },
      'pattern.$or: operator is not supported by the embedded cloud, received [{"a":[1]}]',
    ],
    [
      "has two operators in one",
      { a: [{ prefix: "x", suffix: "y" }] },
      'pattern.a: expected exactly one operator, received {"prefix":"x","suffix":"y"}',
    ],
    ["has an operator of the wrong type", { a: [{ prefix: 1 }] }, "pattern.a.prefix: expected a text, received 1"],
    [
      "asks whether something exists with a text",
      { a: [{ exists: "no" }] },
      'pattern.a: operator is not supported by the embedded cloud, received {"exists":"no"}',
    ],
    [
      "excludes objects",
      { a: [{ "anything-but": [{ prefix: "x" }] }] },
      'pattern.a.anything-but: expected plain values, received [{"prefix":"x"}]',
    ],
    [
      "excludes by two operators",
      { a: [{ "anything-but": { prefix: "x", suffix: "y" } }] },
      'pattern.a.anything-but: expected exactly one operator, received {"prefix":"x","suffix":"y"}',
    ],
    [
      "has an operator without a name",
      { a: [{}] },
      "pattern.a: operator is not supported by the embedded cloud, received {}",
    ],
    [
      "excludes nothing by an operator",
      { a: [{ "anything-but": {} }] },
      "pattern.a.anything-but: operator is not supported by the embedded cloud, received {}",
    ],
  ])("%s", (_, pattern, message) => {
    expect(() => compilePattern(pattern)).toThrow(new UnsupportedLocallyError(message));
  });
});
