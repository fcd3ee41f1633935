import { ACCOUNT, REGION } from "../../lib/local/physical-resources.ts";
import type { SentRequest } from "./recording-proxy.ts";

/** What IAM is asked for a call of the SDK. */
export interface AskedAction {
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  /** Condition keys of the request. */
  readonly context: Readonly<Record<string, string>>;
  /** Whether the request may also come without those keys. */
  readonly contextUnsure?: true;
}

/** A service by the name that an embedded cloud's endpoints have. */
export type RecordedService = "s3" | "sqs" | "dynamodb" | "gateway";

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

const asked = (action: string, resource: string, context: AskedAction["context"] = {}): AskedAction => ({
  action,
  resource,
  context,
});

const unknown = (request: SentRequest): Error =>
  new Error(
    `expected a call whose IAM action is known, received ${request.method} ${request.url.href} ${targetOf(request)}`,
  );

/** The operation, as services with JSON protocols name it: `AmazonSQS.SendMessageBatch`. */
const targetOf = ({ headers }: SentRequest): string => headers["x-amz-target"]?.toString() ?? "";

const operationOf = (request: SentRequest): string => targetOf(request).split(".")[1] ?? "";

/** Operations whose action has their own name. */
const dynamodbOperations = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchWriteItem"];

const dynamodbActions = (request: SentRequest): readonly AskedAction[] => {
  const operation = operationOf(request);
  if (!dynamodbOperations.includes(operation)) throw unknown(request);
  const { TableName, RequestItems = {} } = JSON.parse(request.body) as {
    readonly TableName?: string;
    readonly RequestItems?: object;
  };
  const tables = TableName === undefined ? Object.keys(RequestItems) : [TableName];
  return tables.map((table) => asked(`dynamodb:${operation}`, arn("dynamodb", `table/${table}`)));
};

/** A batch asks for the action of its single calls. */
const sqsOperations: Readonly<Record<string, string>> = { SendMessageBatch: "SendMessage" };

const sqsActions = (request: SentRequest): readonly AskedAction[] => {
  const action = sqsOperations[operationOf(request)];
  if (action === undefined) throw unknown(request);
  const { QueueUrl } = JSON.parse(request.body) as { readonly QueueUrl: string };
  return [asked(`sqs:${action}`, arn("sqs", QueueUrl.slice(QueueUrl.lastIndexOf("/") + 1)))];
};

/** Parameters of the operations below, by method; others name sub-resources such as `?tagging`, which have actions of their own. */
const s3Parameters: Readonly<Record<string, readonly string[]>> = {
  GET: ["versionId", "x-id"],
  HEAD: ["versionId", "x-id"],
  PUT: ["uploadId", "partNumber", "x-id"],
  POST: ["uploads", "uploadId", "x-id"],
  DELETE: ["uploadId", "x-id"],
};

/** The parts of a multipart upload ask for s3:PutObject, as a simple upload does; to give it up is an action of its own. */
const s3ObjectAction = ({ method, url: { searchParams }, headers }: SentRequest): string | undefined => {
  const strange = [...searchParams.keys()].some((name) => s3Parameters[method]?.includes(name) !== true);
  if (strange || ("x-amz-copy-source" in headers && method !== "PUT")) return undefined;
  switch (method) {
    case "GET":
    case "HEAD":
      return searchParams.has("versionId") ? "s3:GetObjectVersion" : "s3:GetObject";
    case "PUT":
    case "POST":
      return "s3:PutObject";
    case "DELETE":
      return searchParams.has("uploadId") ? "s3:AbortMultipartUpload" : undefined;
    default:
      return undefined;
  }
};

const s3Actions = (request: SentRequest): readonly AskedAction[] => {
  const { method, url } = request;
  const [, bucket = "", key = ""] = /^\/([^/]+)\/?(.*)$/u.exec(decodeURIComponent(url.pathname)) ?? [];
  const resource = `arn:aws:s3:::${bucket}`;
  if (key === "" && method === "GET" && url.searchParams.get("list-type") === "2") {
    const prefix = url.searchParams.get("prefix");
    return [asked("s3:ListBucket", resource, prefix === null ? {} : { "s3:prefix": prefix })];
  }
  const action = key === "" ? undefined : s3ObjectAction(request);
  if (action === undefined) throw unknown(request);
  return [...copiedObject(request), asked(action, `${resource}/${key}`)];
};

/** Who copies an object must be allowed to read it; tags, which would ask for more, ours do not have. */
const copiedObject = ({ headers }: SentRequest): readonly AskedAction[] => {
  const source = headers["x-amz-copy-source"];
  return source === undefined ? [] : [asked("s3:GetObject", `arn:aws:s3:::${decodeURIComponent(String(source))}`)];
};

const gatewayActions = (request: SentRequest): readonly AskedAction[] => {
  const target = targetOf(request);
  if (target === "AWSStepFunctions.StartExecution") {
    const { stateMachineArn } = JSON.parse(request.body) as { readonly stateMachineArn: string };
    return [asked("states:StartExecution", stateMachineArn)];
  }
  if (target === "secretsmanager.GetSecretValue") {
    const { SecretId } = JSON.parse(request.body) as { readonly SecretId: string };
    // Secrets Manager ends each ARN with six characters of its own.
    return [asked("secretsmanager:GetSecretValue", arn("secretsmanager", `secret:${SecretId}-Ab12Cd`))];
  }
  const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/u.exec(request.url.pathname) ?? [];
  if (request.method !== "POST" || name === undefined) throw unknown(request);
  return [asked("lambda:InvokeFunction", arn("lambda", `function:${decodeURIComponent(name)}`))];
};

const actionsOf: Readonly<Record<RecordedService, (request: SentRequest) => readonly AskedAction[]>> = {
  s3: s3Actions,
  sqs: sqsActions,
  dynamodb: dynamodbActions,
  gateway: gatewayActions,
};

/**
 * The IAM actions that a call of the SDK asks for, and on what, as the service authorization reference says.
 *
 * @throws Error for a call that is not known here
 */
export const sdkActions = (service: RecordedService, request: SentRequest): readonly AskedAction[] =>
  actionsOf[service](request);

/**
 * What S3 asks for besides where the object is missing: who may not list the bucket is told 403, not 404. AWS does not say whether the
 * key is then the prefix, so it must be allowed either way.
 */
export const missingObjectAction = ({ url }: SentRequest): AskedAction => {
  const [, bucket, ...key] = decodeURIComponent(url.pathname).split("/");
  return { ...asked("s3:ListBucket", `arn:aws:s3:::${bucket}`, { "s3:prefix": key.join("/") }), contextUnsure: true };
};
