import type { ObjectStore, OutgoingSignals, SignalQueues } from "../domain/ports.ts";
import type { TaskRecord } from "../domain/record.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import { packSerialized } from "../domain/signal-messages.ts";
import { type Signal, type TargetPhase, targetPhases } from "../domain/signal.ts";
import { taskSignals, waveSignals } from "../domain/signals.ts";
import {
  type EndedWave,
  type MeasuredWave,
  measureWave,
  type MeasureWavePorts,
  readWaveRecords,
} from "./measure-wave.ts";
import { HeldLines } from "./held-lines.ts";
import { withWriters } from "./with-writers.ts";
import { printInstant } from "../domain/print-instant.ts";

/** Messages that are packed in one go: few enough that the first leaves soon, and that a last one with room to spare is rare. */
const PACKED_MESSAGES = 10;

export interface PublishSignalsPorts extends MeasureWavePorts {
  readonly objects: Pick<ObjectStore, "read" | "readText" | "open" | "copy">;
  readonly queues: SignalQueues;
}

export type PublishSignalsOutput = EndedWave & { readonly signals: WaveItem["signals"] };

/**
 * Tells the phases that learn what a wave came to: the ledger and its backup are on record before the first message leaves, and all
 * three are confirmed before the wave goes on (SPEC F3). Run twice, it says the same under the same ids.
 */
export const publishSignals = async (ended: EndedWave, ports: PublishSignalsPorts): Promise<PublishSignalsOutput> => {
  const measured = await measureWave(ended, ports);
  const lines = new HeldLines();
  const signals = await writeLedger(ended, measured, lines, ports);
  const ledger = lines.again(ports.objects, runKeys(ended.run_id).ledger(ended.wave));
  await ports.queues.send(messagesOf(ended, measured.run, ledger));
  return { run_id: ended.run_id, wave: ended.wave, pass: ended.pass, signals };
};

/** The end of the last attempt, so that the same wave gives the same ledger however often it is written. */
const endedAt = ({ attempt_log }: TaskRecord): number => {
  const last = attempt_log.at(-1);
  return last === undefined ? 0 : Date.parse(last.started_at) + last.duration_ms;
};

const writeLedger = async (
  ended: EndedWave,
  { run, totals, fleet, anomalies, failures }: MeasuredWave,
  lines: HeldLines,
  { objects }: PublishSignalsPorts,
): Promise<WaveItem["signals"]> => {
  const byType: Record<string, number> = {};
  const byPhase: Record<string, number> = {};
  const { run_id, wave } = ended;
  const context = { run_id, wave, feedback: run.config.feedback };
  const at = runKeys(run_id);
  await withWriters(objects, [at.ledger(wave)], async ([ledger]) => {
    let latest = Date.parse(run.started_at);
    const add = async (signals: readonly Signal[]): Promise<void> => {
      if (signals.length === 0) return;
      const texts: string[] = [];
      for (const signal of signals) {
        byType[signal.signal_type] = (byType[signal.signal_type] ?? 0) + 1;
        byPhase[signal.target_phase] = (byPhase[signal.target_phase] ?? 0) + 1;
        const text = JSON.stringify(signal);
        lines.add(text);
        texts.push(text);
      }
      await ledger.write(`${texts.join("\n")}\n`);
    };
    for await (const records of readWaveRecords(objects, ended)) {
      const signals: Signal[] = [];
      for (const record of records) {
        const at = endedAt(record);
        latest = Math.max(latest, at);
        const timestamp = printInstant(at);
        signals.push(...taskSignals(record, totals, { ...context, timestamp }));
      }
      await add(signals);
    }
    const input = {
      totals,
      agents: fleet.agents,
      config: run.config,
      failures,
      rejectedLines: run.rejected_lines,
      anomalies,
    };
    await add(waveSignals(input, { ...context, timestamp: printInstant(latest) }));
  });
  await objects.copy(at.ledger(wave), at.ledgerBackup(wave));
  return { by_type: byType, by_phase: byPhase };
};

/** Read off the text, because parsing every signal again would cost as much as making it: `target_phase` stands before all input. */
const targetPhaseOf = (line: string): TargetPhase => Number(/"target_phase":(\d+)/u.exec(line)![1]) as TargetPhase;

/** What the ledger holds, line by line, in messages to the phases. */
async function* messagesOf(
  { run_id, wave }: EndedWave,
  { config }: RunItem,
  ledger: AsyncIterable<readonly string[]>,
): AsyncGenerator<OutgoingSignals> {
  const { signals_per_message } = config.feedback;
  function* pack(phase: TargetPhase, signals: readonly string[]): Generator<OutgoingSignals> {
    for (const { body, count } of packSerialized(signals, signals_per_message))
      yield { phase, body, count, runId: run_id, wave };
  }
  const held = new Map<TargetPhase, string[]>(targetPhases.map((phase) => [phase, []]));
  for await (const lines of ledger) {
    for (const line of lines) {
      const phase = targetPhaseOf(line);
      const signals = held.get(phase)!;
      signals.push(line);
      if (signals.length === PACKED_MESSAGES * signals_per_message) yield* pack(phase, signals.splice(0));
    }
  }
  for (const [phase, signals] of held) yield* pack(phase, signals);
}
