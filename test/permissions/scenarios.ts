import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";

import { type Stack, stackOf } from "../../lib/cli/stack.ts";
import { followRun } from "../../lib/cli/follow-run.ts";
import type { FunctionName } from "../../lib/domain/function-environment.ts";
import { runIdFor } from "../../lib/domain/run-id.ts";
import type { Assembly } from "../../lib/local/assembly.ts";
import { startCloud } from "../../lib/local/cloud.ts";
import { REGION } from "../../lib/local/physical-resources.ts";
import { runToEnd } from "../e2e/run.ts";
import { runItem } from "../steps/builders.ts";
import { startAgentServer } from "./agent-server.ts";
import {
  certain,
  runExclusive,
  runHanging,
  runLarge,
  runOnFunctions,
  runUnreliable,
  runWithSecret,
} from "./fleet-runs.ts";
import { createRecorder, type Recorder } from "./record-calls.ts";

/** A cloud whose calls are recorded. */
interface RecordedCloud {
  readonly stack: Stack;
  readonly recorder: Recorder;
  /** Where Lambda answers the test itself. */
  readonly gateway: string;
  /** Logical id of a function. */
  readonly idOf: (name: FunctionName) => string;
}

const invoke = async ({ gateway, idOf }: RecordedCloud, name: FunctionName, payload: object = {}): Promise<void> => {
  const client = new LambdaClient({
    region: REGION,
    endpoint: gateway,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const command = new InvokeCommand({ FunctionName: idOf(name), Payload: JSON.stringify(payload) });
  const { FunctionError, Payload } = await client.send(command);
  client.destroy();
  if (FunctionError !== undefined) throw new Error(`${name}: ${Buffer.from(Payload ?? []).toString()}`);
};

const put = ({ stack }: RecordedCloud, Key: string) =>
  stack.clients.s3.send(new PutObjectCommand({ Bucket: stack.outputs["BucketName"], Key, Body: certain(2) }));

/** Starts a run of an object under a name of the caller's own. */
const execute = (
  { stack }: RecordedCloud,
  name: string,
  object: { readonly key: string; readonly version_id?: string },
) =>
  stack.clients.sfn.send(
    new StartExecutionCommand({
      stateMachineArn: stack.outputs["StateMachineArn"],
      name,
      input: JSON.stringify({ run_id: name, bucket: stack.outputs["BucketName"], ...object }),
    }),
  );

const follow = ({ stack }: RecordedCloud, runId: string, planned: () => void | Promise<void> = () => {}) =>
  followRun(stack, runId, { planned, waveScored: () => {} }, new AbortController().signal);

const inbox = (name: string): string => `inbox/${name}/predictions.jsonl`;

/** A lease whose owner is gone, then a run that ended and is still said to be under way. */
const watch = async (cloud: RecordedCloud): Promise<void> => {
  const { runs, fleet } = cloud.stack;
  const run = runItem();
  const watched = { ...run, run_id: "watched", config: { ...run.config, fleet: "watched" } };
  await runs.begin(watched);
  await fleet.putLeases("watched", [
    { agentId: "w", runId: "watched", wave: 1, pass: 1, weight: 1, expiresAt: Date.now() - 1 },
  ]);
  await invoke(cloud, "watch-agents");
  await runs.begin({ ...watched, status: "FINISHED" });
  await invoke(cloud, "watch-agents");
};

/** An upload whose event is lost. */
const sweep = async (cloud: RecordedCloud): Promise<void> => {
  const key = inbox("swept");
  const { ETag = "" } = await put(cloud, key);
  await invoke(cloud, "sweep-inbox");
  const bucket = cloud.stack.outputs["BucketName"] ?? "";
  await follow(cloud, runIdFor({ bucket, key, version: ETag.replaceAll('"', "") }));
};

/** An upload with its version, which the embedded S3 does not count, and a file that stands; nothing lies beside either. */
const nameObjects = async (cloud: RecordedCloud): Promise<void> => {
  const standing = "standing/nightly/predictions.jsonl";
  await Promise.all([put(cloud, inbox("versioned")), put(cloud, standing)]);
  await execute(cloud, "versioned", { key: inbox("versioned"), version_id: "null" });
  await follow(cloud, "versioned");
  await execute(cloud, "standing", { key: standing });
  await follow(cloud, "standing");
};

/** A wave that is scored again, after a lease of it turned up late. */
const scoreAgain = async (cloud: RecordedCloud): Promise<void> => {
  await cloud.stack.fleet.putLeases("default", [
    { agentId: "agent_0", runId: "versioned", wave: 1, pass: 9, weight: 1, expiresAt: Date.now() + 60_000 },
  ]);
  const [wave] = await cloud.stack.runs.readWaves("versioned");
  await invoke(cloud, "score-wave", { run_id: "versioned", wave: 1, pass: wave?.passes, signals: wave?.signals });
};

/** A run that is paused from its start and then cancelled. */
const cancel = async (cloud: RecordedCloud): Promise<void> => {
  const { runs } = cloud.stack;
  await put(cloud, inbox("cancelled"));
  await runs.putControl("cancelled", "PAUSED", new Date().toISOString());
  await execute(cloud, "cancelled", { key: inbox("cancelled") });
  await follow(cloud, "cancelled", () => runs.putControl("cancelled", "CANCELLED", new Date().toISOString()));
};

/** A run that breaks off when its tasks have run. */
const breakOff = async ({ stack, recorder, idOf }: RecordedCloud): Promise<void> => {
  recorder.breakOff(idOf("assign-wave"));
  const run = runToEnd(stack, { predictions: certain(4), config: { seed: 99 } });
  const end = await run.then(
    () => "its end",
    (error: unknown) => String(error),
  );
  if (!end.includes("Runtime.ExitError")) throw new Error(`expected a run that breaks off, received ${end}`);
};

/** Takes every call path of every function on an embedded cloud, and gives what was called. */
export const recordScenarios = async (assembly: Assembly, idOf: RecordedCloud["idOf"]): Promise<Recorder> => {
  const recorder = createRecorder();
  const agents = await startAgentServer();
  const started = await startCloud(
    { timeScale: 0.001, secret: () => "hush", onLog: () => {}, faults: recorder.faults },
    async () => assembly,
  );
  const stack = stackOf(started);
  const cloud = { stack, recorder, gateway: started.endpoints.gateway, idOf };
  try {
    await Promise.all([
      runUnreliable(stack),
      runExclusive(stack),
      runHanging(stack, agents),
      runWithSecret(stack, agents),
      runOnFunctions(stack),
    ]);
    await runLarge(stack);
    recorder.loseEvents();
    // Alone, because it starts every upload that has no run.
    await sweep(cloud);
    await Promise.all([watch(cloud), nameObjects(cloud), cancel(cloud)]);
    await scoreAgain(cloud);
    recorder.loseEvents(false);
    await breakOff(cloud);
  } finally {
    await started.stop();
    await Promise.all([recorder.stop(), agents.stop()]);
  }
  return recorder;
};
