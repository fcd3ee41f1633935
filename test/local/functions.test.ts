import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import type { InvocationResult } from "../../lib/local/lambda-runtime.ts";
import { createMeter } from "../../lib/local/meter.ts";
import { createFunctions, type Functions } from "../../lib/local/functions.ts";
import type { JsonObject } from "../../lib/domain/json.ts";
import type { ResolvedResource } from "../../lib/local/template.ts";

const lines: (readonly [string, string])[] = [];
const logged = Promise.withResolvers<void>();
let folder: string;
let functions: Functions;

const resource = (logicalId: string, type: string, properties: Record<string, unknown>): ResolvedResource => ({
  logicalId,
  type,
  properties: () => properties,
});

/** A state machine that calls a function for each item of a Distributed Map. */
const machineOver = (name: string): JsonObject => ({
  States: {
    Dispatch: {
      Type: "Map",
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
        States: { Execute: { Arguments: { FunctionName: `arn:aws:lambda:us-east-1:000000000000:function:${name}` } } },
      },
    },
  },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "functions-"));
  const source = `export const handler = (event) => { console.log("got " + event.n); return { event, env: process.env }; };`;
  await writeFile(join(folder, "index.mjs"), source);
  vi.stubEnv("AWS_PROFILE", "of-the-developer");
  functions = createFunctions({
    machines: [{ arn: "arn", name: "Run", definition: machineOver("EchoAB12") }],
    resources: [
      resource("QueueAB12", "AWS::SQS::Queue", {}),
      resource("EchoAB12", "AWS::Lambda::Function", {
        Code: { S3Key: "echo.zip" },
        Handler: "index.handler",
        Environment: { Variables: { TABLE_NAME: "a-table" } },
        Timeout: 5,
        MemorySize: 256,
      }),
    ],
    assembly: {
      template: {},
      lambdaWorker: join(import.meta.dirname, "../../lib/local/lambda-worker.ts"),
      compileCacheDirectory: join(folder, "compiled"),
      assetDirectory: (key) => (key === "echo.zip" ? folder : "/nowhere"),
    },
    endpoints: { s3: "http://s3", sqs: "http://sqs", dynamodb: "http://dynamodb", gateway: "http://gateway" },
    meter: createMeter(),
    onLog: (name, line) => {
      lines.push([name, line]);
      logged.resolve();
    },
  });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await functions.stop();
  await rm(folder, { recursive: true });
});

interface Echo {
  readonly event: unknown;
  readonly env: Readonly<Record<string, string>>;
}

const answerOf = (result: InvocationResult): Echo => {
  if ("functionError" in result) throw new Error(result.errorMessage);
  return JSON.parse(result.payload) as Echo;
};

test.each(["EchoAB12", "arn:aws:lambda:us-east-1:000000000000:function:EchoAB12"])(
  "a function of the template is invoked by %s",
  async (name) => {
    expect(answerOf(await functions.invoke(name, '{"n":1}')).event).toEqual({ n: 1 });
  },
);

test("a function sees its own variables and the embedded services, and nothing of the process around it", async () => {
  const { env } = answerOf(await functions.invoke("EchoAB12", "{}"));
  expect(env).toMatchObject({
    TABLE_NAME: "a-table",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "EchoAB12",
    AWS_LAMBDA_FUNCTION_NAME: "EchoAB12",
    AWS_ENDPOINT_URL: "http://gateway",
    AWS_ENDPOINT_URL_S3: "http://s3",
    AWS_ENDPOINT_URL_SQS: "http://sqs",
    AWS_ENDPOINT_URL_DYNAMODB: "http://dynamodb",
    PHASE21_EMBEDDED: "true",
  });
  expect(env).not.toHaveProperty("AWS_PROFILE");
  expect(env).not.toHaveProperty("HOME");
});

test("what a function writes is logged under its name", async () => {
  await functions.invoke("EchoAB12", '{"n":7}');
  await logged.promise;
  expect(lines).toContainEqual(["EchoAB12", "got 7"]);
});

test("a function that the template does not have is refused as Lambda does", async () => {
  await expect(functions.invoke("arn:aws:lambda:us-east-1:000000000000:function:Other", "{}")).rejects.toMatchObject({
    code: "ResourceNotFoundException",
    statusCode: 404,
    message: "Function not found: arn:aws:lambda:us-east-1:000000000000:function:Other",
  });
});

test("a function that is warmed up answers as any other", async () => {
  await functions.warm();
  expect(answerOf(await functions.invoke("EchoAB12", '{"n":2}')).event).toEqual({ n: 2 });
});
