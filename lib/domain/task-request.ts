import type { AgentRequest } from "./agent-request.ts";
import type { BatchContext } from "./execution.ts";
import type { JsonObject } from "./json.ts";
import { printInstant } from "./print-instant.ts";
import { hashHex } from "./random.ts";
import { predictionFields, type Task } from "./task.ts";

const knownFields: ReadonlySet<string> = new Set<keyof Task>([...predictionFields, "pinned_agent_id"]);

const unknownFields = (task: Task): JsonObject | undefined => {
  const names = Object.keys(task).filter((name) => !knownFields.has(name));
  if (names.length === 0) return undefined;
  return Object.fromEntries(Object.entries(task).filter(([name]) => !knownFields.has(name)));
};

/**
 * What an agent is asked (SPEC E3). The idempotency key is the same for every attempt at a task of a run, so an agent that did
 * the work but whose answer was lost can answer again without doing it twice; the same input run again another day has other
 * keys. Fields of the prediction that Phase 21 does not know are passed on as `fields`.
 */
export const agentRequest = (batch: BatchContext, task: Task, attempt: number, deadlineMs: number): AgentRequest => {
  const fields = unknownFields(task);
  return {
    run_id: batch.run_id,
    wave: batch.wave,
    task_id: task.task_id,
    attempt,
    payload: task.payload,
    idempotency_key: hashHex(batch.run_id, batch.started_at, task.task_id),
    deadline: printInstant(deadlineMs),
    ...(fields !== undefined && { fields }),
  };
};
