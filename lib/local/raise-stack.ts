import { join } from "node:path";

import type { JsonObject } from "../domain/json.ts";
import { STATE_MACHINE_ACCESS_KEY } from "./access-keys.ts";
import type { Assembly } from "./assembly.ts";
import { AwsError } from "./aws-error.ts";
import { type CloudClients, type CloudEndpoints, createClients } from "./clients.ts";
import type { Cloud, CloudOptions } from "./cloud.ts";
import { type CloudFaults, interposeFaults } from "./cloud-faults.ts";
import type { claimDataFolder } from "./data-folder.ts";
import { STACK_NAME } from "./describe-stacks.ts";
import type { Emulators } from "./emulators.ts";
import { createEventBus, type EventBus } from "./event-bus.ts";
import { openJournals } from "./execution-journals.ts";
import { Executions, type StateMachine } from "./executions.ts";
import { createFunctions, type Functions } from "./functions.ts";
import { type Gateway, type GatewayHandlers, startGateway } from "./gateway.ts";
import type { Meter } from "./meter.ts";
import { ACCOUNT, identifyResources, REGION } from "./physical-resources.ts";
import { provision } from "./provision.ts";
import type { ObjectCreated } from "./s3-object-created.ts";
import { s3ObjectCreatedEvent } from "./s3-object-created-event.ts";
import { startSchedules } from "./schedules.ts";
import { createIntegrations } from "./service-integrations.ts";
import { createScaledClock } from "./states/clock.ts";
import { execute } from "./states/execute.ts";
import { createResolver, type ResolvedResource, resolveTemplate, type ResolverContext } from "./template.ts";

/** What the stack is raised on. */
export interface Ground {
  readonly options: CloudOptions;
  readonly assembly: Assembly;
  readonly emulators: Emulators;
  readonly meter: Meter;
  /** Where its state is kept. */
  readonly folder: Awaited<ReturnType<typeof claimDataFolder>> | undefined;
  /** Says who is told of objects that are created, from now on. */
  readonly listen: (listener: (created: ObjectCreated) => void) => void;
  /** Gets what ends each part. */
  readonly stops: (() => Promise<void>)[];
}

/** Raises the stack of a template on emulators that are up: its functions, its state machine, its rules, its tables and buckets. */
export const raiseStack = async ({
  options,
  assembly,
  emulators,
  meter,
  folder,
  listen,
  stops,
}: Ground): Promise<Omit<Cloud, "stop">> => {
  const { data } = options;
  const { template } = assembly;
  const context = resolverContext(template, identifyResources(template, emulators), options.parameters);
  const resources = resolveTemplate(template, context);
  const outputs = readOutputs(template, context);

  const gateway = await startGateway({
    states: (operation, body) => executions.answer(operation, body),
    invokeFunction: (name, payload) => functions.invoke(name, payload),
    secret: secretsOf(options),
    outputs,
  });
  stops.push(() => gateway.stop());
  const endpoints = endpointsOf(emulators, gateway);
  const clients = createClients(endpoints);
  stops.push(async () => Object.values(clients).forEach((client) => client.destroy()));
  const machines = readMachines(resources);
  const faced = await interposeFaults(endpoints, options.faults);
  const functions = createFunctions({
    // A queue's URL names the endpoint that the SDK calls.
    resources: resolveTemplate(
      template,
      resolverContext(template, identifyResources(template, { sqsEndpoint: faced.sqs }), options.parameters),
    ),
    assembly,
    endpoints: faced,
    machines,
    onLog: options.onLog,
    meter,
    kill: options.faults?.kill,
  });
  stops.push(() => functions.stop());
  const journals = data === undefined ? undefined : await openJournals(join(data, "executions"));
  const machineClients = createClients(faced, STATE_MACHINE_ACCESS_KEY);
  stops.push(async () => Object.values(machineClients).forEach((client) => client.destroy()));
  const executions = new Executions(machines, createRun(functions, machineClients, meter, options), journals);
  stops.push(() => executions.stop());
  listen(announceTo(createEventBus(resources, functions.invoke, options.onLog), options.faults));
  if (options.resume ?? true) void functions.warm();
  await Promise.race([provisionAll(resources, clients), rejectWith(emulators.brokenDown)]);
  await folder?.publish({ endpoints, outputs });
  if (options.resume ?? true) {
    const schedules = startSchedules(resources, functions.invoke, options.onLog, options.scheduleClock);
    stops.push(async () => schedules.stop());
    executions.resume();
  }
  return {
    outputs,
    clients,
    endpoints,
    usage: () => meter.usage(),
    executionEnded: (arn) => executions.ended(arn),
    brokenDown: emulators.brokenDown,
  };
};

/** Resources of a type one after the other, as a queue may name another one; those of different types do not know each other. */
const provisionAll = async (resources: readonly ResolvedResource[], clients: CloudClients): Promise<void> => {
  const ofOneType = [...Map.groupBy(resources, ({ type }) => type).values()];
  await Promise.all(
    ofOneType.map(async (group) => {
      for (const resource of group) await provision(resource, clients);
    }),
  );
};

const rejectWith = async (reason: Promise<Error>): Promise<never> => {
  throw await reason;
};

const endpointsOf = (emulators: Emulators, gateway: Gateway): CloudEndpoints => ({
  s3: emulators.s3Endpoint,
  sqs: emulators.sqsEndpoint,
  dynamodb: emulators.dynamodbEndpoint,
  gateway: gateway.endpoint,
});

const announceTo =
  (bus: EventBus, faults: CloudFaults | undefined) =>
  (created: ObjectCreated): void => {
    const origin = { region: REGION, account: ACCOUNT, time: new Date(), id: crypto.randomUUID() };
    const put = () => bus.put(s3ObjectCreatedEvent({ ...created, ...origin }));
    if (faults === undefined) void put();
    else faults.deliver(put);
  };

const secretsOf =
  ({ secret }: CloudOptions): GatewayHandlers["secret"] =>
  async (id) => {
    const value = secret(id);
    if (value === undefined) throw new AwsError("ResourceNotFoundException", `no secret ${id}`);
    return value;
  };

const createRun = (
  functions: Functions,
  clients: CloudClients,
  { executions: meter }: Meter,
  { timeScale, onExecution }: CloudOptions,
): ConstructorParameters<typeof Executions>[1] => {
  const resources = createIntegrations({ ...clients, invokeFunction: functions.invoke });
  const clock = createScaledClock(timeScale);
  return (machine, input, context, signal, journal, onMapRun) => {
    onExecution?.((context["Execution"] as { readonly Name: string }).Name);
    return execute(machine.definition, input, { resources, clock, context, signal, journal, meter, onMapRun });
  };
};

const resolverContext = (
  template: JsonObject,
  physicalIds: ResolverContext["physicalIds"],
  parameters: CloudOptions["parameters"] = {},
): ResolverContext => ({
  physicalIds,
  parameters,
  pseudo: {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::StackName": STACK_NAME,
    "AWS::URLSuffix": "amazonaws.com",
  },
  conditions: (template["Conditions"] ?? {}) as JsonObject,
});

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
