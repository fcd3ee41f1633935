import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import type { JsonValue } from "../../lib/domain/json.ts";
import { AwsError } from "../../lib/local/aws-error.ts";
import { createIntegrations, type IntegrationDependencies } from "../../lib/local/service-integrations.ts";
import type { Resources } from "../../lib/local/states/definition.ts";
import { BUCKET, type Services, startServices, TABLE } from "../aws/emulated-services.ts";

const invokeFunction = vi.fn<IntegrationDependencies["invokeFunction"]>();
let services: Services;
let integrations: Resources;

beforeAll(async () => {
  services = await startServices();
  integrations = createIntegrations({ invokeFunction, s3: services.s3, dynamodb: services.documents });
});

afterAll(() => services.stop());

const call = async (resource: string, args: unknown): Promise<unknown> =>
  integrations[`arn:aws:states:::${resource}`]?.(args as JsonValue, { signal: new AbortController().signal });

const textOf = async (Key: string): Promise<string> => {
  const { Body } = (await call("s3:getObject", { Bucket: BUCKET, Key })) as { Body: AsyncIterable<Uint8Array> };
  const chunks: Uint8Array[] = [];
  for await (const chunk of Body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

describe("lambda:invoke", () => {
  test("gives the function its payload and the state the parsed answer", async () => {
    invokeFunction.mockResolvedValue({ payload: '{"b":2}' });
    const answer = await call("lambda:invoke", { FunctionName: "arn:f", Payload: { a: 1 } });
    expect(invokeFunction.mock.lastCall).toEqual(["arn:f", '{"a":1}']);
    expect(answer).toEqual({ ExecutedVersion: "$LATEST", Payload: { b: 2 }, StatusCode: 200 });
  });

  test("gives a function without a payload the event {}", async () => {
    invokeFunction.mockResolvedValue({ payload: "null" });
    await call("lambda:invoke", { FunctionName: "arn:f" });
    expect(invokeFunction.mock.lastCall?.[1]).toBe("{}");
  });

  test("fails by the name of the function's error, with the error as JSON for its cause", async () => {
    const error = { errorType: "Phase21.Exponential", errorMessage: "attempt 1: HTTP 503", trace: ["at a"] };
    invokeFunction.mockResolvedValue({ functionError: "Unhandled", ...error });
    await expect(call("lambda:invoke", { FunctionName: "arn:f" })).rejects.toMatchObject({
      name: "Phase21.Exponential",
      causeText: JSON.stringify(error),
    });
  });

  test("fails by Lambda's own name when there is no such function", async () => {
    invokeFunction.mockRejectedValue(new AwsError("ResourceNotFoundException", "Function not found: arn:f", 404));
    await expect(call("lambda:invoke", { FunctionName: "arn:f" })).rejects.toMatchObject({
      name: "Lambda.ResourceNotFoundException",
      causeText: "Function not found: arn:f",
    });
  });

  test("passes a bug on as it is", async () => {
    invokeFunction.mockRejectedValue(new TypeError("undefined is not a function"));
    await expect(call("lambda:invoke", { FunctionName: "arn:f" })).rejects.toBeInstanceOf(TypeError);
  });
});

describe("dynamodb:updateItem", () => {
  const Key = { pk: { S: "RUN#1" }, sk: { S: "RUN" } };
  const update = {
    TableName: TABLE,
    Key,
    UpdateExpression: "SET cause = :cause",
    ExpressionAttributeValues: { ":cause": { S: "text" } },
  };

  test("changes the item", async () => {
    await call("dynamodb:updateItem", update);
    const { Item } = await services.documents.send(new GetItemCommand({ TableName: TABLE, Key }));
    expect(Item).toMatchObject({ cause: { S: "text" } });
  });

  test.each([
    [
      "a condition that does not hold",
      { ConditionExpression: "attribute_exists(x)" },
      "ConditionalCheckFailedException",
    ],
    ["a table that is not there", { TableName: "no-such-table" }, "ResourceNotFoundException"],
  ])("fails by the service's name under %s", async (_, change, name) => {
    await expect(call("dynamodb:updateItem", { ...update, ...change })).rejects.toMatchObject({
      name: `DynamoDB.${name}`,
      causeText: expect.stringMatching(/./u) as string,
    });
  });
});

describe("s3:putObject and s3:getObject", () => {
  test("a text that is put can be read", async () => {
    await call("s3:putObject", { Bucket: BUCKET, Key: "text", Body: "añ\n" });
    expect(await textOf("text")).toBe("añ\n");
  });

  test("a stream of more than one part is put whole", async () => {
    const line = `${"é".repeat(511)}\n`;
    async function* lines(): AsyncGenerator<string> {
      for (let n = 0; n < 9_000; n += 1) yield line;
    }
    await call("s3:putObject", { Bucket: BUCKET, Key: "stream", Body: lines() });
    expect(await textOf("stream")).toBe(line.repeat(9_000));
  });

  test("a key that is not there fails by the service's name, and the cause says which", async () => {
    await expect(call("s3:getObject", { Bucket: BUCKET, Key: "nothing" })).rejects.toMatchObject({
      name: "S3.NoSuchKey",
      causeText: expect.stringContaining("a-bucket/nothing: ") as string,
    });
  });

  test("a bucket that is not there fails by the service's name", async () => {
    const put = call("s3:putObject", { Bucket: "no-such-bucket", Key: "text", Body: "text" });
    await expect(put).rejects.toMatchObject({ name: "S3.NoSuchBucket" });
  });
});
