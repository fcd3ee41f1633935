import { describe, expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";
import { createResolver, type ResolverContext, resolveTemplate } from "../../lib/local/template.ts";
import { UnsupportedLocallyError } from "../../lib/local/unsupported-error.ts";

const context: ResolverContext = {
  physicalIds: {
    Queue: { ref: "http://127.0.0.1:1/000000000000/queue", attributes: { Arn: "arn:queue", QueueName: "queue" } },
    Table: { ref: "table", attributes: { Arn: "arn:table", "Stream.Arn": "arn:stream" } },
  },
  parameters: { Stage: "local", Count: "3" },
  pseudo: {
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
  },
  conditions: {
    IsLocal: { "Fn::Equals": [{ Ref: "Stage" }, "local"] },
    IsRemote: { "Fn::Not": [{ Condition: "IsLocal" }] },
  },
};

const resolve = (value: unknown): unknown => createResolver(context)(value, "Thing");
const refusal = (message: string) => new UnsupportedLocallyError(message);

describe("createResolver", () => {
  test("leaves plain values as they are", () => {
    const value = { a: ["text", 1, true, null], b: { Condition: { StringEquals: 1 } } };
    expect(resolve(value)).toEqual(value);
  });

  test("resolves intrinsics at any depth", () => {
    expect(resolve({ Environment: { Variables: [{ URL: { Ref: "Queue" } }] } })).toEqual({
      Environment: { Variables: [{ URL: "http://127.0.0.1:1/000000000000/queue" }] },
    });
  });

  test.each<[string, JsonValue, unknown]>([
    ["Ref of a resource", { Ref: "Table" }, "table"],
    ["Ref of a parameter", { Ref: "Stage" }, "local"],
    ["Ref of a pseudo parameter", { Ref: "AWS::Region" }, "us-east-1"],
    ["Fn::GetAtt as a list", { "Fn::GetAtt": ["Queue", "Arn"] }, "arn:queue"],
    ["Fn::GetAtt as a text", { "Fn::GetAtt": "Table.Stream.Arn" }, "arn:stream"],
    ["Fn::Join of texts and intrinsics", { "Fn::Join": [":", ["a", { Ref: "Table" }, 1]] }, "a:table:1"],
    ["Fn::Join of a list that Fn::Split gives", { "Fn::Join": ["", { "Fn::Split": ["-", "a-b"] }] }, "ab"],
    [
      "Fn::Sub with names",
      { "Fn::Sub": "${Table}/${Queue.Arn}/${AWS::Region}/${Stage}" },
      "table/arn:queue/us-east-1/local",
    ],
    ["Fn::Sub with an attribute of several parts", { "Fn::Sub": "${Table.Stream.Arn}" }, "arn:stream"],
    ["Fn::Sub with a literal", { "Fn::Sub": "${!Table}" }, "${Table}"],
    ["Fn::Sub with variables of its own", { "Fn::Sub": ["${Own}-${Table}", { Own: { Ref: "Stage" } }] }, "local-table"],
    ["Fn::Select", { "Fn::Select": [1, ["a", { Ref: "Table" }]] }, "table"],
    ["Fn::Select with a text as index", { "Fn::Select": ["0", { "Fn::Split": [":", "a:b"] }] }, "a"],
    ["Fn::Split", { "Fn::Split": ["/", { Ref: "Queue" }] }, ["http:", "", "127.0.0.1:1", "000000000000", "queue"]],
    ["Fn::If that holds", { "Fn::If": ["IsLocal", { Ref: "Table" }, "no"] }, "table"],
    ["Fn::If that does not hold", { "Fn::If": ["IsRemote", "yes", "no"] }, "no"],
  ])("resolves %s", (_, value, expected) => {
    expect(resolve(value)).toEqual(expected);
  });

  test("drops what has no value, in objects and in lists", () => {
    const none = { "Fn::If": ["IsRemote", "yes", { Ref: "AWS::NoValue" }] };
    expect(resolve({ a: none, b: [1, none, 2] })).toEqual({ b: [1, 2] });
  });

  test("does not resolve the branch of Fn::If that is not taken", () => {
    expect(resolve({ "Fn::If": ["IsLocal", "yes", { "Fn::ImportValue": "x" }] })).toBe("yes");
  });

  test.each<[string, JsonValue, string]>([
    [
      "an unknown intrinsic",
      { a: [{ "Fn::ImportValue": "x" }] },
      "Thing.a[0]: the embedded cloud does not support Fn::ImportValue",
    ],
    [
      "an unknown name",
      { Ref: "Absent" },
      'Thing: Ref of "Absent", which is no known resource, parameter or pseudo parameter',
    ],
    [
      "a name that every object has",
      { Ref: "toString" },
      'Thing: Ref of "toString", which is no known resource, parameter or pseudo parameter',
    ],
    [
      "an attribute of an unknown resource",
      { "Fn::GetAtt": ["Absent", "Arn"] },
      'Thing: Fn::GetAtt of "Absent", which is no known resource',
    ],
    [
      "an unknown attribute",
      { "Fn::GetAtt": "Queue.Url" },
      'Thing: "Queue" has no attribute "Url" (it has: Arn, QueueName)',
    ],
    [
      "an intrinsic with something beside it",
      { Ref: "Table", Other: 1 },
      "Thing: Ref must stand alone, beside it stands Other",
    ],
    ["too few arguments", { "Fn::Join": [","] }, "Thing: Fn::Join takes two arguments, received 1"],
    ["no list where one is needed", { "Fn::Join": [",", "a"] }, 'Thing: expected a list, received "a"'],
    ["no text where one is needed", { "Fn::Join": [",", [["a"]]] }, 'Thing: expected a text, received ["a"]'],
    [
      "an unknown name in Fn::Sub",
      { "Fn::Sub": "${Absent}" },
      'Thing: Ref of "Absent", which is no known resource, parameter or pseudo parameter',
    ],
    ["an index beyond the list", { "Fn::Select": [2, ["a"]] }, "Thing: Fn::Select of element 2 from a list of 1"],
    ["an unknown condition", { "Fn::If": ["Absent", 1, 2] }, 'Thing: the template has no condition "Absent"'],
  ])("refuses %s and says where it stands", (_, value, message) => {
    expect(() => resolve(value)).toThrow(refusal(message));
  });

  test("a resource without attributes says so", () => {
    const resolver = createResolver({ ...context, physicalIds: { Bare: { ref: "b", attributes: {} } } });
    expect(() => resolver({ "Fn::GetAtt": "Bare.Arn" }, "X")).toThrow(
      refusal('X: "Bare" has no attribute "Arn" (it has: none)'),
    );
  });
});

describe("resolveTemplate", () => {
  const queue = { Type: "AWS::SQS::Queue", Properties: { QueueName: { Ref: "Stage" } } };

  test("gives the resources with their properties", () => {
    const resources = resolveTemplate({ Resources: { Queue: queue, Bare: { Type: "AWS::S3::Bucket" } } }, context);
    expect(resources.map((resource) => ({ ...resource, properties: resource.properties() }))).toEqual([
      { logicalId: "Queue", type: "AWS::SQS::Queue", properties: { QueueName: "local" } },
      { logicalId: "Bare", type: "AWS::S3::Bucket", properties: {} },
    ]);
  });

  test("leaves out what a condition keeps from existing", () => {
    const template = {
      Conditions: context.conditions as JsonObject,
      Resources: { A: { ...queue, Condition: "IsLocal" }, B: { ...queue, Condition: "IsRemote" } },
    };
    expect(resolveTemplate(template, context).map(({ logicalId }) => logicalId)).toEqual(["A"]);
  });

  test("takes a parameter's default where no value is given", () => {
    const template = {
      Parameters: { Stage: { Default: "default" }, Size: { Default: 7 }, Open: { Type: "String" } },
      Resources: { A: { Type: "T", Properties: { stage: { Ref: "Stage" }, size: { Ref: "Size" } } } },
    };
    expect(resolveTemplate(template, context)[0]?.properties()).toEqual({ stage: "local", size: "7" });
  });

  test("refuses what is not supported only when its properties are asked for, naming resource and path", () => {
    const [resource] = resolveTemplate(
      { Resources: { R: { Type: "T", Properties: { a: { b: { "Fn::GetAZs": "" } } } } } },
      context,
    );
    expect(() => resource?.properties()).toThrow(refusal("R.a.b: the embedded cloud does not support Fn::GetAZs"));
  });

  test("a template without resources has none", () => {
    expect(resolveTemplate({}, context)).toEqual([]);
  });
});

describe("conditions", () => {
  const yes = { "Fn::Equals": ["a", "a"] };
  const no = { "Fn::Equals": ["a", "b"] };

  test.each<[string, JsonValue, boolean]>([
    ["Fn::And of two that hold", { "Fn::And": [yes, yes] }, true],
    ["Fn::And of one that does not", { "Fn::And": [yes, no] }, false],
    ["Fn::Or of one that holds", { "Fn::Or": [no, yes] }, true],
    ["Fn::Or of none that holds", { "Fn::Or": [no, no] }, false],
    ["Fn::Not of one that does not hold", { "Fn::Not": [no] }, true],
    ["Fn::Equals of a parameter", { "Fn::Equals": [{ Ref: "Count" }, "3"] }, true],
  ])("%s", (_, condition, expected) => {
    const resolver = createResolver({ ...context, conditions: { It: condition } });
    expect(resolver({ "Fn::If": ["It", true, false] }, "X")).toBe(expected);
  });

  test.each<[string, JsonValue, string]>([
    ["a function that is not a condition", { Ref: "Stage" }, '{"Ref":"Stage"}'],
    ["nothing at all", null, "null"],
  ])("%s is refused", (_, condition, received) => {
    const resolver = createResolver({ ...context, conditions: { It: condition } });
    expect(() => resolver({ "Fn::If": ["It", 1, 2] }, "X")).toThrow(
      refusal(`Conditions.It: the embedded cloud does not support the condition ${received}`),
    );
  });
});
