import type { Assembly } from "./assembly.ts";
import { AwsError } from "./aws-error.ts";
import { createLambdaFunction, type InvocationResult, type KillPlan, type LambdaFunction } from "./lambda-runtime.ts";
import type { JsonValue } from "../domain/json.ts";
import type { StateMachine } from "./executions.ts";
import type { Meter } from "./meter.ts";
import type { SystemLogLevel } from "./meter-logs.ts";
import { REGION } from "./physical-resources.ts";
import type { ResolvedResource } from "./template.ts";

/** Where the SDK clients inside the functions find the services. */
interface Endpoints {
  readonly s3: string;
  readonly sqs: string;
  readonly dynamodb: string;
  /** Everything else: Step Functions, Lambda, Secrets Manager, and a 501 for the rest. */
  readonly gateway: string;
}

export interface FunctionsOptions {
  readonly resources: readonly ResolvedResource[];
  readonly assembly: Assembly;
  readonly endpoints: Endpoints;
  readonly machines: readonly StateMachine[];
  readonly onLog: (functionName: string, line: string) => void;
  /** Told what the functions do. */
  readonly meter: Pick<Meter, "meterFunction">;
  /** Ends threads on purpose, for tests. @default none */
  readonly kill?: KillPlan | undefined;
}

/** The functions of the stack, each in a thread of its own that starts when it is warmed up, or with its first invocation. */
export interface Functions {
  /** By ARN or name. @throws AwsError when there is no such function */
  readonly invoke: (nameOrArn: string, payload: string) => Promise<InvocationResult>;
  /**
   * Starts the threads of the functions that a run needs, in the order in which it needs them and one after the other, so that first
   * invocations need not wait for it. Those that only schedules call are left alone.
   */
  readonly warm: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Makes a function of the template invocable. */
const createStackFunction = (
  { logicalId, properties }: ResolvedResource,
  calledPerItem: boolean,
  { assembly, endpoints, onLog, meter, kill }: FunctionsOptions,
): LambdaFunction => {
  const { Code, Handler, Environment, Timeout, MemorySize, LoggingConfig } = properties() as {
    readonly Code: { readonly S3Key: string };
    readonly Handler: string;
    readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
    readonly Timeout: number;
    readonly MemorySize: number;
    readonly LoggingConfig?: { readonly SystemLogLevel?: SystemLogLevel };
  };
  const bundleDirectory = assembly.assetDirectory(Code.S3Key);
  const systemLogLevel = LoggingConfig?.SystemLogLevel ?? "INFO";
  const metered = meter.meterFunction({ memorySize: MemorySize, systemLogLevel, bundleDirectory, calledPerItem });
  return createLambdaFunction({
    name: logicalId,
    arn: `arn:aws:lambda:${REGION}:000000000000:function:${logicalId}`,
    bundleDirectory,
    handler: Handler,
    environment: { ...runtimeEnvironment(logicalId, MemorySize, endpoints), ...Environment?.Variables },
    timeoutSeconds: Timeout,
    memorySize: MemorySize,
    compileCacheDirectory: assembly.compileCacheDirectory,
    workerFile: assembly.lambdaWorker,
    onLog: (line) => {
      metered.line(line);
      onLog(logicalId, line);
    },
    onInvoked: metered.invoked,
    kill,
  });
};

/** Reads the functions of the template and makes them invocable. */
export const createFunctions = (options: FunctionsOptions): Functions => {
  const { resources, machines } = options;
  const functions = new Map<string, LambdaFunction>();
  const itemProcessors = JSON.stringify(machines.flatMap(({ definition }) => findDistributed(definition)));
  const callers = JSON.stringify([resources.filter(isEventRule).map(({ properties }) => properties()), machines]);
  for (const resource of resources) {
    const { logicalId, type } = resource;
    if (type !== "AWS::Lambda::Function") continue;
    const calledPerItem = itemProcessors.includes(`:function:${logicalId}"`);
    functions.set(logicalId, createStackFunction(resource, calledPerItem, options));
  }
  return {
    invoke: (nameOrArn, payload) => {
      const found = functions.get(nameOrArn.slice(nameOrArn.lastIndexOf(":") + 1));
      if (found !== undefined) return found.invoke(payload);
      return Promise.reject(new AwsError("ResourceNotFoundException", `Function not found: ${nameOrArn}`, 404));
    },
    warm: async () => {
      const needed = [...functions]
        .map(([name, fn]) => ({ fn, calledAt: callers.indexOf(`:function:${name}"`) }))
        .filter(({ calledAt }) => calledAt >= 0);
      for (const { fn } of needed.toSorted((a, b) => a.calledAt - b.calledAt)) await fn.warm();
    },
    stop: async () => {
      await Promise.all([...functions.values()].map((fn) => fn.stop()));
    },
  };
};

/** A rule that waits for events, such as an upload, instead of keeping a schedule. */
const isEventRule = ({ type, properties }: ResolvedResource): boolean =>
  type === "AWS::Events::Rule" && "EventPattern" in properties();

/** The processors of all Distributed Maps in a part of a definition. */
const findDistributed = (part: JsonValue): readonly JsonValue[] => {
  if (typeof part !== "object" || part === null) return [];
  const { ProcessorConfig } = part as { readonly ProcessorConfig?: { readonly Mode?: string } };
  return ProcessorConfig?.Mode === "DISTRIBUTED" ? [part] : Object.values(part).flatMap(findDistributed);
};

/** What Lambda itself puts into a function's environment, and what keeps the SDK off the network. */
const runtimeEnvironment = (name: string, memorySize: number, endpoints: Endpoints): Record<string, string> => ({
  AWS_REGION: REGION,
  // No secret here: it tells whose a request is.
  AWS_ACCESS_KEY_ID: name,
  AWS_SECRET_ACCESS_KEY: "embedded",
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memorySize),
  AWS_ENDPOINT_URL: endpoints.gateway,
  AWS_ENDPOINT_URL_S3: endpoints.s3,
  AWS_ENDPOINT_URL_SQS: endpoints.sqs,
  AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
  // Loopback loses no bits.
  AWS_REQUEST_CHECKSUM_CALCULATION: "WHEN_REQUIRED",
  AWS_RESPONSE_CHECKSUM_VALIDATION: "WHEN_REQUIRED",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
  POWERTOOLS_DEV: "false",
  LOG_LEVEL: "INFO",
  PHASE21_EMBEDDED: "true",
});
