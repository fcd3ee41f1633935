import { hashHex } from "./random.ts";
import type { SignalType } from "./signal.ts";

/** The id of a signal (SPEC F1): the same step run twice gives the same one. Signals of a whole wave have an empty `taskId`. */
export const signalId = (runId: string, wave: number, taskId: string, type: SignalType): string =>
  hashHex(runId, String(wave), taskId, type);

const types: readonly SignalType[] = ["agent_performance", "prediction_validation"];

/** The ids of the signals that speak of one task: by them a ledger is searched, since not every signal names its task. */
export const taskSignalIds = (runId: string, wave: number, taskId: string): readonly string[] =>
  types.map((type) => signalId(runId, wave, taskId, type));
