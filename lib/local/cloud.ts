import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
import { SFNClient } from "@aws-sdk/client-sfn";
import { SQSClient } from "@aws-sdk/client-sqs";

import type { JsonObject } from "../domain/json.ts";
import { AwsError } from "./aws-error.ts";
import { type Assembly, compileCacheDirectory, loadAssembly } from "./assembly.ts";
import { startEmulators } from "./emulators.ts";
import { createEventBus } from "./event-bus.ts";
import { Executions, type StateMachine } from "./executions.ts";
import { createFunctions } from "./functions.ts";
import { startGateway } from "./gateway.ts";
import { ACCOUNT, identifyResources, REGION } from "./physical-resources.ts";
import { provision } from "./provision.ts";
import type { ObjectCreated } from "./s3-object-created.ts";
import { s3ObjectCreatedEvent } from "./s3-object-created-event.ts";
import { createIntegrations } from "./service-integrations.ts";
import { createScaledClock } from "./states/clock.ts";
import { execute } from "./states/execute.ts";
import { createResolver, type ResolvedResource, resolveTemplate, type ResolverContext } from "./template.ts";

export interface CloudOptions {
  /** How long waits and retries take, as a part of what they say: 0.1 makes SPEC E2's table of the deployed unit of 1 s. */
  readonly timeScale: number;
  /** Takes each line that a function writes. */
  readonly onLog: (functionName: string, line: string) => void;
  /** Gives the secret that an agent's endpoint names, or undefined. */
  readonly secret: (name: string) => string | undefined;
}

/** The SDK clients of a stack, wherever it runs. */
export interface CloudClients {
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly sfn: SFNClient;
}

/** A stack that runs in this process. */
export interface Cloud {
  /** The outputs of the stack, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly clients: CloudClients;
  /** Ends everything: executions, functions, servers, threads. */
  stop(): Promise<void>;
}

/**
 * Brings the synthesized stack up on loopback and free ports. A start that fails leaves nothing behind.
 *
 * @throws UnsupportedLocallyError when the template asks for what the embedded cloud does not have
 */
export const startCloud = async (
  options: CloudOptions,
  load: () => Promise<Assembly> = loadAssembly,
): Promise<Cloud> => {
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    return { ...(await bringUp(options, load, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Starts part after part and adds to `stops` what ends each. */
const bringUp = async (
  options: CloudOptions,
  load: () => Promise<Assembly>,
  stops: (() => Promise<void>)[],
): Promise<Omit<Cloud, "stop">> => {
  let onObjectCreated: (created: ObjectCreated) => void = () => {};
  const startingEmulators = startEmulators({
    onObjectCreated: (created) => onObjectCreated(created),
    compileCacheDirectory,
  });
  stops.push(async () => (await startingEmulators).stop());
  const [assembly, emulators] = await Promise.all([load(), startingEmulators]);
  const { template } = assembly;
  const context = resolverContext(template, identifyResources(template, emulators));
  const resources = resolveTemplate(template, context);

  const gateway = await startGateway({
    states: (operation, body) => executions.answer(operation, body),
    invokeFunction: (name, payload) => functions.invoke(name, payload),
    secret: async (id) => {
      const value = options.secret(id);
      if (value === undefined) throw new AwsError("ResourceNotFoundException", `no secret ${id}`);
      return value;
    },
  });
  stops.push(() => gateway.stop());
  const endpoints = {
    s3: emulators.s3Endpoint,
    sqs: emulators.sqsEndpoint,
    dynamodb: emulators.dynamodbEndpoint,
    gateway: gateway.endpoint,
  };
  const clients = createClients(endpoints);
  stops.push(async () => Object.values(clients).forEach((client) => client.destroy()));
  const machines = readMachines(resources);
  const functions = createFunctions({ resources, assembly, endpoints, machines, onLog: options.onLog });
  stops.push(() => functions.stop());
  const integrations = createIntegrations({ ...clients, invokeFunction: functions.invoke });
  const clock = createScaledClock(options.timeScale);
  const executions = new Executions(machines, (machine, input, executionContext, signal) => {
    void functions.warm();
    return execute(machine.definition, input, { resources: integrations, clock, context: executionContext, signal });
  });
  stops.push(() => executions.stop());
  const bus = createEventBus(resources, functions.invoke, (target, message) => options.onLog(target, message));
  onObjectCreated = (created) => {
    const origin = { region: REGION, account: ACCOUNT, time: new Date(), id: crypto.randomUUID() };
    void bus.put(s3ObjectCreatedEvent({ ...created, ...origin }));
  };
  for (const resource of resources) await provision(resource, clients);
  return { outputs: readOutputs(template, context), clients };
};

const resolverContext = (template: JsonObject, physicalIds: ResolverContext["physicalIds"]): ResolverContext => ({
  physicalIds,
  parameters: {},
  pseudo: {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::StackName": "Phase21-embedded",
    "AWS::URLSuffix": "amazonaws.com",
  },
  conditions: (template["Conditions"] ?? {}) as JsonObject,
});

const createClients = (endpoints: Record<"s3" | "sqs" | "dynamodb" | "gateway", string>): CloudClients => {
  const shared = { region: REGION, credentials: { accessKeyId: "embedded", secretAccessKey: "embedded" } };
  return {
    s3: new S3Client({ ...shared, endpoint: endpoints.s3, forcePathStyle: true }),
    sqs: new SQSClient({ ...shared, endpoint: endpoints.sqs }),
    dynamodb: new DynamoDBClient({ ...shared, endpoint: endpoints.dynamodb }),
    sfn: new SFNClient({ ...shared, endpoint: endpoints.gateway }),
  };
};

const readMachines = (resources: readonly ResolvedResource[]): readonly StateMachine[] =>
  resources
    .filter(({ type }) => type === "AWS::StepFunctions::StateMachine")
    .map(({ logicalId, properties }) => ({
      arn: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${logicalId}`,
      name: logicalId,
      definition: JSON.parse(String(properties()["DefinitionString"])) as JsonObject,
    }));

const readOutputs = (template: JsonObject, context: ResolverContext): Readonly<Record<string, string>> => {
  const resolve = createResolver(context);
  const outputs = (template["Outputs"] ?? {}) as Readonly<Record<string, { readonly Value: unknown }>>;
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { Value }]) => [name, String(resolve(Value, `Outputs.${name}`))]),
  );
};
