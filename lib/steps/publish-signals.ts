import type { ObjectStore, OutgoingSignals, SignalQueues } from "../domain/ports.ts";
import { printInstant } from "../domain/print-instant.ts";
import type { TaskRecord } from "../domain/record.ts";
import type { RunItem, WaveItem } from "../domain/run-item.ts";
import { runKeys } from "../domain/run-keys.ts";
import type { Signal, TargetPhase } from "../domain/signal.ts";
import { taskSignals, waveSignals } from "../domain/signals.ts";
import {
  type EndedWave,
  type MeasuredWave,
  measureWave,
  type MeasureWavePorts,
  readWaveRecords,
} from "./measure-wave.ts";
import { Held } from "./held-lines.ts";
import { Outbox } from "./outbox.ts";
import { readTextLines } from "./read-json-lines.ts";
import { withWriters } from "./with-writers.ts";

export interface PublishSignalsPorts extends MeasureWavePorts {
  readonly objects: Pick<ObjectStore, "read" | "readText" | "open" | "copy">;
  readonly queues: SignalQueues;
}

export type PublishSignalsOutput = EndedWave & { readonly signals: WaveItem["signals"] };

/**
 * Tells the phases that learn what a wave came to: the ledger and its backup are on record before the first message leaves, and all
 * three are confirmed before the wave goes on (SPEC F3). Run twice, it says the same under the same ids.
 */
export const publishSignals = async (
  ended: EndedWave,
  ports: PublishSignalsPorts,
  maxHeldLength?: number,
): Promise<PublishSignalsOutput> => {
  const measured = await measureWave(ended, ports);
  const outbox = new Outbox(ended, measured.run);
  const full = new Held<OutgoingSignals>(maxHeldLength);
  const keep = (phase: TargetPhase, text: string): void => {
    const message = full.items && outbox.add(phase, text);
    if (message !== undefined) full.add(message, message.body.length);
  };
  const signals = await writeLedger(ended, measured, keep, ports);
  const messages = full.items && [...full.items, ...outbox.rest()];
  await ports.queues.send(messages ?? readMessages(ended, measured.run, ports.objects));
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
  keep: (phase: TargetPhase, text: string) => void,
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
        keep(signal.target_phase, text);
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

/** The same messages, of the signals that the ledger holds. */
async function* readMessages(
  ended: EndedWave,
  run: RunItem,
  objects: PublishSignalsPorts["objects"],
): AsyncGenerator<OutgoingSignals> {
  const outbox = new Outbox(ended, run);
  for await (const lines of readTextLines(objects, runKeys(ended.run_id).ledger(ended.wave))) {
    for (const line of lines) {
      const full = outbox.add(targetPhaseOf(line), line);
      if (full !== undefined) yield full;
    }
  }
  yield* outbox.rest();
}
