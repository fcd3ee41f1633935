import { z } from "zod";
import type { AgentState } from "./agent.ts";
import { explainIssues } from "./explain-issues.ts";
import {
  idText,
  instantText,
  integerBetween,
  nameList,
  numberBetween,
  positiveNumber,
  trueOrFalse,
} from "./field-schemas.ts";
import type { JsonValue } from "./json.ts";
import { MAX_WAVE_NUMBER } from "./plan.ts";
import type { TerminalStatus } from "./record.ts";
import { MAX_RETRIES } from "./retry-policy.ts";
import type { Task } from "./task.ts";

/** What the gates look at, as it stands right before an attempt. */
export interface GateInput {
  readonly task: Task;
  /** The agent as the table shows it; undefined = it is not in the fleet. */
  readonly agent: AgentState | undefined;
  /** The task is the one that finds out whether an OFFLINE agent answers again. */
  readonly probe: boolean;
  /** The agent's lease for this run, wave and pass stands and has not expired: its capacity is reserved. */
  readonly leaseLive: boolean;
  /** The task's exclusive resources that another run holds. */
  readonly resourcesHeldBy: readonly { readonly resource: string; readonly holder: string }[];
  /** Outcomes of the tasks that it depends on. */
  readonly dependencies: Readonly<Record<string, TerminalStatus>>;
  readonly wave: number;
  /** Epoch ms. */
  readonly now: number;
  /** How long the agent's rate limit makes the task wait; 0 = a token is there, Infinity = none within sight. */
  readonly rateWaitMs: number;
}

/** What becomes of a task that a gate refused, and why. */
interface Refusal {
  /**
   * `block`: final, BLOCKED `blocked_by_gate` · `skip`: SKIPPED `dependency_failed` · `backup`: another pass finds another agent
   * or a free resource · `wait`: ask again after `waitMs`.
   */
  readonly action: "block" | "skip" | "backup" | "wait";
  /** Only with `wait`; absent where nobody knows how long. */
  readonly waitMs?: number;
  /** All that the gate found, one line each. */
  readonly reasons: readonly string[];
}

/** What the gates say; the first gate that refuses decides. */
export type GateVerdict =
  | { readonly pass: true }
  | ({ readonly pass: false; readonly gate: 1 | 2 | 3 | 4 } & Refusal);

/** Asks the four gates of SPEC E1 in order. Whatever is missing or malformed is refused. */
export const checkGates = (input: GateInput): GateVerdict => {
  for (const { gate, check } of gates) {
    const refusal = check(input);
    if (refusal !== undefined) return { pass: false, gate, ...refusal };
  }
  return { pass: true };
};

const taskSchema = z.looseObject({
  task_id: idText(),
  success_rate: numberBetween(0, 1),
  confidence: numberBetween(0, 1),
  priority: integerBetween(0, 100),
  capabilities: nameList(),
  depends_on: nameList(),
  resources: nameList(),
  wave: integerBetween(1, MAX_WAVE_NUMBER).exactOptional(),
  estimated_duration_ms: positiveNumber().exactOptional(),
  agent_id: idText().exactOptional(),
  constraints: z.looseObject(
    {
      timeout_seconds: positiveNumber().exactOptional(),
      max_retries: integerBetween(0, MAX_RETRIES).exactOptional(),
      allowed_agents: nameList().exactOptional(),
      denied_agents: nameList().exactOptional(),
    },
    "expected an object",
  ),
});

const agentSchema = z.looseObject(
  { id: idText(), capabilities: nameList(), capacity: positiveNumber(), online: trueOrFalse() },
  "expected an agent of the fleet",
);

const breaches = (schema: z.ZodType, value: unknown): readonly string[] =>
  schema.safeParse(value).error?.issues.map((issue) => explainIssues([issue], value as JsonValue)) ?? [];

const refuse = (action: Refusal["action"], reasons: readonly string[]): Refusal | undefined =>
  reasons.length === 0 ? undefined : { action, reasons };
