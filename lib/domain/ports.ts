import type { Agent, AgentState, Fleet } from "./agent.ts";
import type { Spent } from "./budget.ts";
import type { AttemptLogEntry } from "./record.ts";
import type { RunControl } from "./run-control.ts";
import type { RunItem, WaveItem } from "./run-item.ts";
import type { TargetPhase } from "./signal.ts";

/** Milliseconds since 1970, and waiting. */
export interface Clock {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A structured log; fields are snake_case. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

/** Takes pieces of text. */
export interface TextWriter {
  /** A promise is returned when the caller must wait before it writes more. */
  write(text: string): Promise<void> | void;
}

/** An object on its way into the bucket. It appears, whole, when it is closed. */
export interface ObjectWriter extends TextWriter {
  close(): Promise<void>;
  /** Drops what was written. */
  abort(): Promise<void>;
}

/** The bucket. A key that does not exist reads as undefined; every other fault throws. */
export interface ObjectStore {
  read(key: string, versionId?: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  readText(key: string, versionId?: string): Promise<string | undefined>;
  open(key: string): ObjectWriter;
  /** Makes an object of a body of so many bytes, of which few are held. @throws Error when they were more or fewer */
  stream(key: string, bytes: number, body: AsyncIterable<Uint8Array>): Promise<void>;
  writeText(key: string, text: string): Promise<void>;
  /** Makes an object the same as another one, up to 5 GiB, whose bytes do not pass through the caller. */
  copy(key: string, to: string): Promise<void>;
  /** Bytes of the objects whose keys begin with a prefix, by key. */
  sizes(prefix: string): Promise<ReadonlyMap<string, number>>;
  /** Keys that begin with a prefix, in order. */
  list(prefix: string): Promise<readonly string[]>;
}

/** The share of an agent that a pass of a wave has reserved. */
export interface Lease {
  readonly agentId: string;
  readonly runId: string;
  readonly wave: number;
  readonly pass: number;
  readonly weight: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** A fleet at one moment. */
export interface FleetState {
  /** Sorted by id. */
  readonly agents: readonly AgentState[];
  /** Live ones only. */
  readonly leases: readonly Lease[];
}

/** The agents of a fleet, their state and their leases. */
export interface FleetStore {
  /** Agents with load from leases that are live at `now` (epoch ms). Strongly consistent. */
  read(fleet: string, now: number): Promise<FleetState>;
  /** Makes the fleet what the file says: agents that it does not name are removed, the state of the others is kept. */
  apply(fleet: Fleet): Promise<void>;
  putLeases(fleet: string, leases: readonly Lease[]): Promise<void>;
  deleteLeases(fleet: string, leases: readonly Omit<Lease, "weight" | "expiresAt">[]): Promise<void>;
  /**
   * An agent that is OFFLINE already stays so since the time it had, unless a probe found it still dead: then it rests anew. Against what
   * its owner said (`OFFLINE_BY_OWNER`) no other reason stands.
   */
  markOffline(fleet: string, agentId: string, reason: string, now: number, probed?: boolean): Promise<void>;
  /** `probed` says that a probe found it alive, which does not bring back what its owner took out. */
  markOnline(fleet: string, agentId: string, probed?: boolean): Promise<void>;
  /** Adds to an agent's totals once per `mark`, however often it is called. */
  addTotals(fleet: string, agentId: string, mark: string, totals: { completed: number; failed: number }): Promise<void>;
  /** Takes the next slot of a rate-limited agent's token bucket; epoch ms, not more than `maxWaitMs` ahead, else undefined. */
  reserveSlot(fleet: string, agent: Agent, now: number, maxWaitMs: number): Promise<number | undefined>;
  /** Locks exclusive resources for a task, all or none; gives those that another holder has. */
  acquireResources(
    fleet: string,
    resources: readonly string[],
    holder: string,
    until: number,
    now: number,
  ): Promise<readonly { resource: string; holder: string }[]>;
  releaseResources(fleet: string, resources: readonly string[], holder: string): Promise<void>;
}

/** Runs, their waves, and what assignment must remember between waves. */
export interface RunStore {
  begin(run: RunItem): Promise<void>;
  read(runId: string): Promise<RunItem | undefined>;
  finish(runId: string, end: Pick<RunItem, "status" | "finished_at" | "counts" | "health">): Promise<void>;
  putWave(runId: string, wave: WaveItem): Promise<void>;
  /** In order of wave number. */
  readWaves(runId: string): Promise<readonly WaveItem[]>;
  /** The round-robin cursor as it stood before this wave and pass, 0 at the start. */
  readCursor(runId: string, wave: number, pass: number): Promise<number>;
  putCursor(runId: string, wave: number, pass: number, cursor: number): Promise<void>;
  /** What the operator wants of the run; strongly consistent. */
  readControl(runId: string): Promise<RunControl>;
  /** `at`: ISO 8601. A cancelled run stays so. */
  putControl(runId: string, state: RunControl["state"], at: string): Promise<void>;
  readSpent(runId: string): Promise<Spent>;
  /** Adds to what the run has spent, and gives the sum. */
  addSpent(runId: string, more: Spent): Promise<Spent>;
}

/** Attempts of single tasks that failed and are tried again; native Retry forgets them, so they are kept until the task has ended. */
export interface AttemptStore {
  put(runId: string, taskId: string, entry: AttemptLogEntry): Promise<void>;
  /** Every entry of the task; of one pass only, where `known` says how many of that pass there are and they need not be looked up. */
  list(
    runId: string,
    taskId: string,
    known?: { readonly pass: number; readonly count: number },
  ): Promise<readonly AttemptLogEntry[]>;
}

/** A message on its way to the queue of a phase: the text of a JSON array of `count` signals of one run and wave. */
export interface OutgoingSignals {
  readonly phase: TargetPhase;
  readonly body: string;
  readonly runId: string;
  readonly wave: number;
  readonly count: number;
}

/** A queue for each phase that learns. */
export interface SignalQueues {
  /** Resolves when every message was accepted; takes the next one when there is room to send it. */
  send(messages: AsyncIterable<OutgoingSignals> | Iterable<OutgoingSignals>): Promise<void>;
}

/** One metric of the CloudWatch embedded metric format. */
export interface Metric {
  readonly name: string;
  readonly unit: "Count" | "Milliseconds" | "Seconds" | "None" | "Percent";
  readonly value: number;
}

/** Writes metrics; `properties` are searchable in the logs and are no dimensions, so they cost nothing. */
export type PutMetrics = (
  metrics: readonly Metric[],
  dimensions: { readonly strategy: string },
  properties: Record<string, string | number>,
) => void;
