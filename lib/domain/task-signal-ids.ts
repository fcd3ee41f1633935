import { hashHex } from "./random.ts";
import type { SignalType } from "./signal.ts";

const types: readonly SignalType[] = ["agent_performance", "prediction_validation"];

/** The ids of the signals that speak of one task (SPEC F1): by them a ledger is searched, since not every signal names its task. */
export const taskSignalIds = (runId: string, wave: number, taskId: string): readonly string[] =>
  types.map((type) => hashHex(runId, String(wave), taskId, type));
