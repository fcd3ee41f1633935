import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonObject } from "../domain/json.ts";
import { AwsError } from "./aws-error.ts";
import { describeStacks } from "./describe-stacks.ts";
import { type GatewayAnswer, type GatewayRequest, unsupportedAnswer } from "./gateway-unsupported.ts";
import type { InvocationResult } from "./lambda-runtime.ts";

/** Who answers what the gateway receives; each may throw an `AwsError`, which the client sees as that service's exception. */
export interface GatewayHandlers {
  /** Answers a Step Functions operation; Dates in the answer leave as the epoch seconds of the protocol. */
  states(operation: string, body: JsonObject): Promise<unknown>;
  /** Invokes a function, named by its plain name whatever form the client used. */
  invokeFunction(name: string, payload: string): Promise<InvocationResult>;
  /** Gives the SecretString of a secret, named by its name or ARN. */
  secret(id: string): Promise<string>;
  /** The outputs of the stack, by name. @default there is no stack to describe */
  readonly outputs?: Readonly<Record<string, string>>;
}

/** The running gateway. */
export interface Gateway {
  /** `http://127.0.0.1:<port>`, for AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  /** Closes idle and active connections at once. */
  stop(): Promise<void>;
}

/** The largest request body in bytes: a Lambda payload of 6 MiB, and room for what is around it. */
const maxBodyBytes = 7 * 1024 * 1024;

/** Starts the endpoint that takes every SDK call which no emulator takes; what it does not have, it answers with 501. */
export async function startGateway(handlers: GatewayHandlers): Promise<Gateway> {
  const server = createServer((request, response) => {
    serve(request, response, handlers).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(message: IncomingMessage, response: ServerResponse, handlers: GatewayHandlers): Promise<void> {
  const body = await readBody(message);
  const request = { method: message.method ?? "", path: message.url ?? "", headers: message.headers };
  const { status, headers, text } = await answer(request, body, handlers).catch(errorAnswer);
  response.writeHead(status, {
    "x-amzn-requestid": randomUUID(),
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}

/** Gives undefined for a body over the limit, which is still read to its end: a client hears no answer while it is sending. */
async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes <= maxBodyBytes ? Buffer.concat(chunks).toString() : undefined;
}

async function answer(
  request: GatewayRequest,
  body: string | undefined,
  handlers: GatewayHandlers,
): Promise<GatewayAnswer> {
  if (body === undefined) {
    throw new AwsError("RequestTooLargeException", `request must be at most ${maxBodyBytes} bytes`, 413);
  }
  const [service, operation = ""] = String(request.headers["x-amz-target"] ?? "").split(".");
  if (service === "AWSStepFunctions") return jsonAnswer(await handlers.states(operation, parseBody(body)));
  if (service === "secretsmanager" && operation === "GetSecretValue") {
    const { SecretId: id } = parseBody(body);
    if (typeof id !== "string") throw new AwsError("InvalidParameterException", "SecretId must be a text");
    return jsonAnswer({ ARN: id, Name: id, SecretString: await handlers.secret(id) });
  }
  const described = describedStack(request, body);
  if (described !== undefined && handlers.outputs !== undefined)
    return describeStacks(described.name, handlers.outputs);
  const functionName = invokedFunction(request);
  if (functionName === undefined) return unsupportedAnswer(request);
  return invocationAnswer(await handlers.invokeFunction(functionName, body === "" ? "{}" : body));
}

/** What a DescribeStacks asks for, which is a form of the query protocol; without a name that is every stack. */
function describedStack({ headers }: GatewayRequest, body: string): { readonly name: string | undefined } | undefined {
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded") !== true) return undefined;
  const form = new URLSearchParams(body);
  return form.get("Action") === "DescribeStacks" ? { name: form.get("StackName") ?? undefined } : undefined;
}

/** The plain name of the function that a synchronous Invoke is for: the path holds its name, or its whole or partial ARN. */
function invokedFunction({ method, path, headers }: GatewayRequest): string | undefined {
  const [, encoded] = /^\/2015-03-31\/functions\/([^/?]+)\/invocations/.exec(path) ?? [];
  const invocationType = headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (method !== "POST" || encoded === undefined || invocationType !== "RequestResponse") return undefined;
  const [, name] = /^(?:(?:.*:)?function:)?([^:]+)/.exec(decodeURIComponent(encoded)) ?? [];
  return name;
}

function invocationAnswer(result: InvocationResult): GatewayAnswer {
  const headers = { "content-type": "application/json", "x-amz-executed-version": "$LATEST" };
  if ("payload" in result) return { status: 200, headers, text: result.payload };
  const { functionError, queuedMs: _, ...error } = result;
  return { status: 200, headers: { ...headers, "x-amz-function-error": functionError }, text: JSON.stringify(error) };
}

function parseBody(body: string): JsonObject {
  try {
    return JSON.parse(body) as JsonObject;
  } catch {
    throw new AwsError("SerializationException", "the request body is not JSON");
  }
}

/** An error that no handler meant to send is a bug. It leaves as a 400 too: on a 500 the SDK would quietly try the call again. */
function errorAnswer(error: unknown): GatewayAnswer {
  const { code, message, statusCode } =
    error instanceof AwsError ? error : new AwsError("InternalFailure", `the embedded cloud failed: ${String(error)}`);
  const { text, headers } = jsonAnswer({ __type: code, message });
  return { status: statusCode, headers: { ...headers, "x-amzn-errortype": code }, text };
}

function jsonAnswer(value: unknown): GatewayAnswer {
  const text = JSON.stringify(value ?? {}, function (this: Record<string, unknown>, key, item: unknown) {
    const original = this[key];
    return original instanceof Date ? original.getTime() / 1000 : item;
  });
  return { status: 200, headers: { "content-type": "application/x-amz-json-1.0" }, text };
}
