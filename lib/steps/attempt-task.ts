import type { AgentOutcome } from "../domain/agent-request.ts";
import type { AgentState } from "../domain/agent.ts";
import { afterAttempt, mostRetries } from "../domain/attempt-outcome.ts";
import { AttemptFailedError } from "../domain/errors.ts";
import type { Assignment, ExecutionResult } from "../domain/execution.ts";
import type { JsonValue } from "../domain/json.ts";
import type { AttemptLogEntry } from "../domain/record.ts";
import { printInstant } from "../domain/print-instant.ts";
import {
  cutText,
  jsonBytes,
  MAX_ATTEMPT_ERROR_BYTES,
  MAX_ERROR_BYTES,
  MAX_INLINE_OUTPUT_BYTES,
} from "../domain/result-size.ts";
import { retryErrorName } from "../domain/retry-policy.ts";
import { runKeys } from "../domain/run-keys.ts";
import { agentRequest } from "../domain/task-request.ts";
import { type AttemptInput, type AttemptPorts, type OnQueued, timeoutMsOf } from "./attempt-ports.ts";
import { passGates, passSafetyGate, releaseResources } from "./pass-gates.ts";

/** How an attempt ended its task. */
type Ended = Pick<ExecutionResult, "outcome"> &
  Partial<Pick<ExecutionResult, "output" | "output_key" | "output_bytes" | "error">>;

/**
 * Makes one attempt at a task: gates, call, outcome. Ends in a result, or throws the error whose name makes the state
 * machine wait and try again; what is thrown is not on record yet.
 *
 * @param before the attempts that were made in this pass
 * @throws AttemptFailedError when the attempt failed and the task has retries left.
 */
export const attemptTask = async (
  input: AttemptInput,
  before: readonly AttemptLogEntry[],
  ports: AttemptPorts,
  onQueued?: OnQueued,
): Promise<ExecutionResult> => {
  const { batch, assignment } = input;
  const fleet = await ports.fleetCache.read(batch.fleet, batch.assigned_at);
  const queuedAt = ports.clock.now();
  await ports.bulkhead.enter(assignment.agent_id, fleet.agent(assignment.agent_id)?.capacity ?? 1);
  onQueued?.(ports.clock.now() - queuedAt);
  let answered: boolean | undefined;
  try {
    const gates = await passGates(input, ports);
    if (!gates.pass) return resultOf(assignment, before, gates.ended);
    try {
      const attempt = before.length + 1;
      const stop = (await passSafetyGate(input, attempt, ports)) ?? (await ports.guard.admit(batch));
      if (stop !== undefined) return resultOf(assignment, before, stop);
      const { outcome, entry } = await makeAttempt(input, gates.agent, attempt, ports);
      await ports.guard.charge(batch, entry);
      answered = outcome.kind !== "timed_out";
      return await endAttempt(input, { outcome, entry, before }, ports);
    } finally {
      await orWarn(releaseResources(input, ports), "resources not released", input, ports);
    }
  } finally {
    ports.bulkhead.leave(assignment.agent_id, answered);
  }
};

const makeAttempt = async (
  input: AttemptInput,
  agent: AgentState,
  attempt: number,
  ports: AttemptPorts,
): Promise<{ outcome: AgentOutcome; entry: AttemptLogEntry }> => {
  const { batch } = input;
  const { task } = input.assignment;
  const startedAt = ports.clock.now();
  const timeoutMs = timeoutMsOf(input);
  const outcome = await ports.callAgent(agent, agentRequest(batch, task, attempt, startedAt + timeoutMs), {
    task,
    pass: batch.pass,
    seed: batch.seed,
    timeoutMs,
  });
  const error = outcome.kind === "answered" ? undefined : errorOf(outcome, timeoutMs);
  const { cost_usd, tokens } = spentBy(outcome);
  return {
    outcome,
    entry: {
      pass: batch.pass,
      attempt,
      agent_id: agent.id,
      started_at: printInstant(startedAt),
      duration_ms: Math.max(0, ports.clock.now() - startedAt),
      ...(error !== undefined && { error: cutText(error, MAX_ATTEMPT_ERROR_BYTES) }),
      ...(cost_usd !== undefined && { cost_usd }),
      ...(tokens !== undefined && { tokens }),
    },
  };
};

const spentBy = (outcome: AgentOutcome): Pick<AttemptLogEntry, "cost_usd" | "tokens"> => {
  switch (outcome.kind) {
    case "answered":
      return outcome.answer;
    case "transient":
    case "permanent":
      return outcome;
    case "timed_out":
      return {};
  }
};

const errorOf = (outcome: Exclude<AgentOutcome, { kind: "answered" }>, timeoutMs: number): string => {
  switch (outcome.kind) {
    case "transient":
    case "permanent":
      return outcome.error;
    case "timed_out":
      return `no answer within ${timeoutMs / 1_000} s`;
  }
};

interface Attempted {
  readonly outcome: AgentOutcome;
  readonly entry: AttemptLogEntry;
  readonly before: readonly AttemptLogEntry[];
}

const endAttempt = async (
  input: AttemptInput,
  { outcome, entry, before }: Attempted,
  ports: AttemptPorts,
): Promise<ExecutionResult> => {
  const { batch, assignment } = input;
  const { task } = assignment;
  const log = [...before, entry];
  if (outcome.kind === "answered") {
    if (assignment.decision.probe) {
      await orWarn(ports.fleet.markOnline(batch.fleet, entry.agent_id, true), "probed agent not online", input, ports);
      ports.fleetCache.forget(batch.fleet);
    }
    return resultOf(assignment, log, {
      outcome: "completed",
      ...(await placeOutput(batch.run_id, task.task_id, outcome.answer.output, ports)),
    });
  }
  const after = afterAttempt({
    outcome,
    attempt: entry.attempt,
    maxRetries: mostRetries(batch, task),
  });
  // The record tells of every attempt; a line for each would cost more than the attempt where thousands fail.
  const level = outcome.kind === "timed_out" ? "warn" : "debug";
  ports.log[level]("attempt failed", {
    run_id: batch.run_id,
    wave: batch.wave,
    task_id: task.task_id,
    agent_id: entry.agent_id,
    attempt: entry.attempt,
    error: entry.error,
    next: after.next,
  });
  const retry = after.next === "retry" ? retryErrorName(batch.retry_strategy, entry.attempt) : null;
  // A run that was cancelled ends within an attempt's time: what would be tried again is not waited for.
  if (retry !== null) {
    const stop = await orWarn(ports.guard.ask(batch), "operator not asked", input, ports);
    if (stop?.outcome === "cancelled") return resultOf(assignment, log, stop);
    throw new AttemptFailedError(retry, `attempt ${entry.attempt}: ${entry.error}`, entry);
  }
  const error = cutText(errorOf(outcome, timeoutMsOf(input)), MAX_ERROR_BYTES);
  if (outcome.kind === "timed_out") {
    const reason = `task ${task.task_id}: ${error}`;
    const probed = assignment.decision.probe === true;
    const marked = ports.fleet.markOffline(batch.fleet, entry.agent_id, reason, ports.clock.now(), probed);
    await orWarn(marked, "agent not marked offline", input, ports);
    ports.fleetCache.forget(batch.fleet);
  }
  return resultOf(assignment, log, { outcome: after.next === "end" ? after.outcome : "retries_exhausted", error });
};

/** What comes after an agent's answer must not fail the attempt, or the agent would be asked to do the work again. */
const orWarn = async <Result>(
  write: Promise<Result>,
  message: string,
  { batch, assignment }: AttemptInput,
  { log }: AttemptPorts,
): Promise<Result | undefined> => {
  try {
    return await write;
  } catch (error) {
    const { agent_id, task } = assignment;
    log.warn(message, { run_id: batch.run_id, task_id: task.task_id, agent_id, error: String(error) });
    return undefined;
  }
};

const placeOutput = async (
  runId: string,
  taskId: string,
  output: JsonValue | undefined,
  ports: AttemptPorts,
): Promise<Pick<ExecutionResult, "output" | "output_key" | "output_bytes">> => {
  if (output === undefined) return {};
  const bytes = jsonBytes(output);
  if (bytes <= MAX_INLINE_OUTPUT_BYTES) return { output };
  const key = runKeys(runId).taskOutput(taskId);
  await ports.objects.writeText(key, JSON.stringify(output));
  return { output_key: key, output_bytes: bytes };
};

export const resultOf = (
  assignment: Assignment,
  attempts: readonly AttemptLogEntry[],
  ended: Ended,
): ExecutionResult => ({
  task_id: assignment.task.task_id,
  agent_id: assignment.agent_id,
  predicted_success_rate: assignment.task.success_rate,
  decision: assignment.decision,
  attempts,
  ...ended,
});
