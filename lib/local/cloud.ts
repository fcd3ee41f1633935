import { join } from "node:path";
import { setFlagsFromString } from "node:v8";

import type { JsonObject } from "../domain/json.ts";
import type { Usage } from "../domain/usage.ts";
import { STATE_MACHINE_ACCESS_KEY } from "./access-keys.ts";
import { AwsError } from "./aws-error.ts";
import { type Assembly, compileCacheDirectory, loadAssembly } from "./assembly.ts";
import { type CloudClients, type CloudEndpoints, createClients } from "./clients.ts";
import { type CloudFaults, interposeFaults } from "./cloud-faults.ts";
import { claimDataFolder } from "./data-folder.ts";
import { STACK_NAME } from "./describe-stacks.ts";
import type { BreakdownError } from "./breakdown.ts";
import { type Emulators, startEmulators } from "./emulators.ts";
import { createEventBus, type EventBus } from "./event-bus.ts";
import { openJournals } from "./execution-journals.ts";
import { Executions, type StateMachine } from "./executions.ts";
import { createFunctions, type Functions } from "./functions.ts";
import { createMeter, type Meter } from "./meter.ts";
import { type Gateway, type GatewayHandlers, startGateway } from "./gateway.ts";
import { ACCOUNT, identifyResources, REGION } from "./physical-resources.ts";
import { provision } from "./provision.ts";
import type { ObjectCreated } from "./s3-object-created.ts";
import { s3ObjectCreatedEvent } from "./s3-object-created-event.ts";
import { type ScheduleClock, startSchedules } from "./schedules.ts";
import { createIntegrations } from "./service-integrations.ts";
import { createScaledClock } from "./states/clock.ts";
import { execute } from "./states/execute.ts";
import { createResolver, type ResolvedResource, resolveTemplate, type ResolverContext } from "./template.ts";

/**
 * Old space, in MiB, that the threads' heaps may fill before V8 marks what is alive in it. Left alone it begins at some 30, and again
 * after each third more: in ten small heaps that took a fifth of a run's CPU time.
 */
const unmarkedMegabytes = 48;

export interface CloudOptions {
  /** How long waits and retries take, as a part of what they say: 0.1 makes SPEC E2's table of the deployed unit of 1 s. */
  readonly timeScale: number;
  /** Takes each line that a function writes. */
  readonly onLog: (functionName: string, line: string) => void;
  /** Gives the secret that an agent's endpoint names, or undefined. */
  readonly secret: (name: string) => string | undefined;
  /** The folder that keeps objects, messages, items and executions; one cloud at a time may use it. @default nothing is kept */
  readonly data?: string;
  /** Whether unfinished executions go on and schedules start; without, only its services are up. @default true */
  readonly resume?: boolean;
  /** Values of the template's parameters. @default those of the template */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Told the name of each execution that begins, or goes on after a start. @default nobody is told */
  readonly onExecution?: (name: string) => void;
  /** What the template's schedules go by. @default the machine's time */
  readonly scheduleClock?: ScheduleClock;
  /** Milliseconds that each invocation of the executor is billed with. @default as long as it takes here */
  readonly executorMs?: number;
  /** What a test lets go wrong. @default nothing */
  readonly faults?: CloudFaults;
}

/** A stack that runs in this process. */
export interface Cloud {
  /** The outputs of the stack, by name. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly clients: CloudClients;
  readonly endpoints: CloudEndpoints;
  /** What AWS would have billed since the cloud is up, for what functions and state machine did and for objects that were uploaded. */
  readonly usage: () => Usage;
  /** Resolves once an execution has ended, which spares asking for it; undefined where there is none. */
  readonly executionEnded: (executionArn: string) => Promise<void> | undefined;
  /** Gives the reason when it breaks down, such as on a full disk; whoever started it still stops it. */
  readonly brokenDown: Promise<BreakdownError>;
  /** Ends everything: executions, functions, servers, threads. */
  stop(): Promise<void>;
}

/**
 * Brings the synthesized stack up on loopback and free ports. A start that fails leaves nothing behind.
 *
 * @throws UnsupportedLocallyError when the template asks for what the embedded cloud does not have
 * @throws BreakdownError when its services cannot start
 */
export const startCloud = async (
  options: CloudOptions,
  load: () => Promise<Assembly> = loadAssembly,
): Promise<Cloud> => {
  const stops: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const endAll = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
  };
  const stop = (): Promise<void> => (stopping ??= endAll());
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
  const { data } = options;
  const folder = data === undefined ? undefined : await claimDataFolder(data);
  stops.push(async () => folder?.release());
  let onObjectCreated: (created: ObjectCreated) => void = () => {};
  setFlagsFromString(`--initial-old-space-size=${unmarkedMegabytes}`);
  const meter = createMeter(options.executorMs);
  const startingEmulators = startEmulators({
    onObjectCreated: (created) => onObjectCreated(created),
    compileCacheDirectory,
    counters: meter.services,
    ...(data !== undefined && { dataDirectory: data }),
  });
  stops.push(async () => (await startingEmulators.catch(() => undefined))?.stop());
  const [assembly, emulators] = await Promise.all([load(), startingEmulators]);
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
  onObjectCreated = announceTo(createEventBus(resources, functions.invoke, options.onLog), options.faults);
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
