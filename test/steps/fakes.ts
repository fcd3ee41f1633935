import type {
  AttemptStore,
  Clock,
  Log,
  Metric,
  ObjectStore,
  ObjectWriter,
  PutMetrics,
  RunStore,
  OutgoingSignals,
  SignalQueues,
} from "../../lib/domain/ports.ts";
import type { AttemptLogEntry } from "../../lib/domain/record.ts";
import type { Spent } from "../../lib/domain/budget.ts";
import type { RunControl } from "../../lib/domain/run-control.ts";
import type { RunItem, WaveItem } from "../../lib/domain/run-item.ts";

/** A clock that stands still; sleeping moves it on at once. */
export class FakeClock implements Clock {
  readonly slept: number[] = [];
  time = Date.parse("2026-03-01T12:00:00.000Z");

  now(): number {
    return this.time;
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.time += ms;
  }
}

/** Lengths of the pieces in which objects are read: odd, so that lines and characters are cut at every place. */
const pieceLengths = [7, 1, 61, 3, 1_021];

async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0, piece = 0; from < bytes.length; piece += 1) {
    const to = from + (pieceLengths[piece % pieceLengths.length] ?? 1);
    yield bytes.slice(from, to);
    from = to;
  }
}

/** A bucket in memory. `events` says in which order objects appeared. */
export class FakeObjectStore implements ObjectStore {
  readonly texts = new Map<string, string>();
  readonly events: string[];

  constructor(events: string[] = []) {
    this.events = events;
  }

  async read(key: string, versionId?: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const text = await this.readText(key, versionId);
    return text === undefined ? undefined : inPieces(text);
  }

  async readText(key: string, versionId?: string): Promise<string | undefined> {
    return this.texts.get(versionId === undefined ? key : `${key}@${versionId}`);
  }

  open(key: string): ObjectWriter {
    const pieces: string[] = [];
    return {
      write: (text) => {
        pieces.push(text);
        return pieces.length % 2 === 0 ? Promise.resolve() : undefined;
      },
      close: () => this.writeText(key, pieces.join("")),
      abort: async () => {
        this.events.push(`dropped ${key}`);
      },
    };
  }

  async writeText(key: string, text: string): Promise<void> {
    this.texts.set(key, text);
    this.events.push(`wrote ${key}`);
  }

  async copy(key: string, to: string): Promise<void> {
    const text = this.texts.get(key);
    if (text === undefined) throw new Error(`there is no object ${key} to copy`);
    await this.writeText(to, text);
  }

  async stream(key: string, bytes: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    if (whole.length !== bytes) throw new Error(`${key}: expected ${bytes} bytes, received ${whole.length}`);
    await this.writeText(key, whole.toString());
  }

  async sizes(prefix: string): Promise<ReadonlyMap<string, number>> {
    const keys = await this.list(prefix);
    return new Map(keys.map((key) => [key, Buffer.byteLength(this.texts.get(key) ?? "")]));
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.texts.keys()].filter((key) => key.startsWith(prefix)).toSorted();
  }

  /** Puts an object of JSON Lines there. */
  putLines(key: string, values: readonly unknown[]): void {
    this.texts.set(key, values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  }

  /** The values of an object of JSON Lines, each line of which must be complete. */
  lines<Value>(key: string): Value[] {
    const text = this.texts.get(key);
    if (text === undefined) throw new Error(`there is no object ${key}, only ${[...this.texts.keys()].join(", ")}`);
    if (text !== "" && !text.endsWith("\n")) throw new Error(`${key} does not end with a line end`);
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Value);
  }
}

/** Runs, waves and cursors in memory. */
export class FakeRunStore implements RunStore {
  readonly runs = new Map<string, RunItem>();
  readonly waves = new Map<string, Map<number, WaveItem>>();
  readonly controls = new Map<string, RunControl>();
  readonly spent = new Map<string, Spent>();
  readonly #cursors = new Map<string, { wave: number; pass: number; cursor: number }[]>();

  async begin(run: RunItem): Promise<void> {
    this.runs.set(run.run_id, run);
  }

  async read(runId: string): Promise<RunItem | undefined> {
    return this.runs.get(runId);
  }

  async finish(runId: string, end: Pick<RunItem, "status" | "finished_at" | "counts" | "health">): Promise<void> {
    const run = this.runs.get(runId);
    if (run !== undefined) this.runs.set(runId, { ...run, ...end });
  }

  async putWave(runId: string, wave: WaveItem): Promise<void> {
    this.waves.set(runId, (this.waves.get(runId) ?? new Map<number, WaveItem>()).set(wave.wave, wave));
  }

  async readWaves(runId: string): Promise<readonly WaveItem[]> {
    return [...(this.waves.get(runId)?.values() ?? [])].toSorted((a, b) => a.wave - b.wave);
  }

  async readCursor(runId: string, wave: number, pass: number): Promise<number> {
    const before = (this.#cursors.get(runId) ?? []).filter(
      (at) => at.wave < wave || (at.wave === wave && at.pass < pass),
    );
    return before.toSorted((a, b) => a.wave - b.wave || a.pass - b.pass).at(-1)?.cursor ?? 0;
  }

  async putCursor(runId: string, wave: number, pass: number, cursor: number): Promise<void> {
    const others = (this.#cursors.get(runId) ?? []).filter((at) => at.wave !== wave || at.pass !== pass);
    this.#cursors.set(runId, [...others, { wave, pass, cursor }]);
  }

  async readControl(runId: string): Promise<RunControl> {
    return this.controls.get(runId) ?? { state: "RUN" };
  }

  async putControl(runId: string, state: RunControl["state"], since: string): Promise<void> {
    if (this.controls.get(runId)?.state !== "CANCELLED") this.controls.set(runId, { state, since });
  }

  async readSpent(runId: string): Promise<Spent> {
    return this.spent.get(runId) ?? { attempts: 0, cost_usd: 0, tokens: 0 };
  }

  async addSpent(runId: string, more: Spent): Promise<Spent> {
    const before = await this.readSpent(runId);
    const after = {
      attempts: before.attempts + more.attempts,
      cost_usd: before.cost_usd + more.cost_usd,
      tokens: before.tokens + more.tokens,
    };
    this.spent.set(runId, after);
    return after;
  }
}

/** Attempts in memory, one entry for each pass and attempt of a task. */
export class FakeAttemptStore implements AttemptStore {
  readonly #entries = new Map<string, Map<string, AttemptLogEntry>>();

  async put(runId: string, taskId: string, entry: AttemptLogEntry): Promise<void> {
    const key = `${runId}#${taskId}`;
    const entries = this.#entries.get(key) ?? new Map<string, AttemptLogEntry>();
    this.#entries.set(key, entries.set(`${entry.pass}#${entry.attempt}`, entry));
  }

  async list(runId: string, taskId: string): Promise<readonly AttemptLogEntry[]> {
    return [...(this.#entries.get(`${runId}#${taskId}`)?.values() ?? [])];
  }
}

/** Queues that keep what they were sent, in order. */
export class FakeQueues implements SignalQueues {
  readonly sent: OutgoingSignals[] = [];
  readonly events: string[];

  constructor(events: string[] = []) {
    this.events = events;
  }

  async send(messages: Parameters<SignalQueues["send"]>[0]): Promise<void> {
    for await (const message of messages) {
      this.events.push(`sent to ${message.phase}`);
      this.sent.push(message);
    }
  }
}

interface LogEntry {
  readonly level: "debug" | "info" | "warn";
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A log that keeps what was said. */
export class FakeLog implements Log {
  readonly entries: LogEntry[] = [];

  debug(message: string, fields: Record<string, unknown> = {}): void {
    this.entries.push({ level: "debug", message, fields });
  }

  info(message: string, fields: Record<string, unknown> = {}): void {
    this.entries.push({ level: "info", message, fields });
  }

  warn(message: string, fields: Record<string, unknown> = {}): void {
    this.entries.push({ level: "warn", message, fields });
  }
}

export interface PutMetricsCall {
  readonly metrics: readonly Metric[];
  readonly dimensions: { readonly strategy: string };
  readonly properties: Record<string, string | number>;
}

/** Metrics that are kept instead of written. */
export const createFakeMetrics = (): { readonly calls: PutMetricsCall[]; readonly put: PutMetrics } => {
  const calls: PutMetricsCall[] = [];
  return { calls, put: (metrics, dimensions, properties) => void calls.push({ metrics, dimensions, properties }) };
};
