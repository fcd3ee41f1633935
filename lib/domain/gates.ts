import * as z from "zod/mini";
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
import type { JsonObject, JsonValue } from "./json.ts";
import { MAX_WAVE_NUMBER } from "./plan.ts";
import { plainTask } from "./plain-prediction.ts";
import type { TerminalStatus } from "./record.ts";
import { MAX_RETRIES } from "./retry-policy.ts";
import { predictionFields, type Task } from "./task.ts";

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
   * `block`: final, BLOCKED `blocked_by_gate` · `skip`: SKIPPED `dependency_failed` · `backup`: another pass finds another agent ·
   * `wait`: ask again after `waitMs`.
   */
  readonly action: "block" | "skip" | "backup" | "wait";
  /** Only with `wait`; absent where nobody knows how long. */
  readonly waitMs?: number;
  /** All that the gate found, one line each. */
  readonly reasons: readonly string[];
}

/** What the gates say; the first gate that refuses decides. */
export type GateVerdict = { readonly pass: true } | ({ readonly pass: false; readonly gate: 1 | 2 | 3 | 4 } & Refusal);

/** Asks the four gates of SPEC E1 in order. Whatever is missing or malformed is refused. */
export const checkGates = (input: GateInput): GateVerdict => {
  for (const { gate, check } of gates) {
    const refusal = check(input);
    if (refusal !== undefined) return { pass: false, gate, ...refusal };
  }
  return { pass: true };
};

const taskSchema = z.object({
  task_id: idText(),
  success_rate: numberBetween(0, 1),
  confidence: numberBetween(0, 1),
  priority: integerBetween(0, 100),
  capabilities: nameList(),
  depends_on: nameList(),
  resources: nameList(),
  wave: z.exactOptional(integerBetween(1, MAX_WAVE_NUMBER)),
  estimated_duration_ms: z.exactOptional(positiveNumber()),
  pinned_agent_id: z.exactOptional(idText()),
  constraints: z.object(
    {
      timeout_seconds: z.exactOptional(positiveNumber()),
      max_retries: z.exactOptional(integerBetween(0, MAX_RETRIES)),
      allowed_agents: z.exactOptional(nameList()),
      denied_agents: z.exactOptional(nameList()),
    },
    "expected an object",
  ),
});

const agentSchema = z.object(
  { id: idText(), capabilities: nameList(), capacity: positiveNumber(), online: trueOrFalse() },
  "expected an agent of the fleet",
);

/** Fields that a prediction may leave out and no default stands for. */
const absentFields: readonly string[] = ["wave", "estimated_duration_ms", "payload"];

/** Fields that a task has by the time that it is handed out. */
const taskFields = predictionFields.filter((field) => !absentFields.includes(field));

/** Checked by hand where it is plain, as most are: the schema takes a sixth of an attempt's time. */
const breachesOfTask = (task: Task): readonly string[] => {
  const value = task as unknown as JsonObject | null | undefined;
  const isWhole = value != null && taskFields.every((field) => value[field] !== undefined);
  return isWhole && plainTask(value) !== undefined ? [] : breaches(taskSchema, task);
};

const instantSchema = instantText();

const breaches = (schema: z.ZodMiniType, value: unknown): readonly string[] =>
  schema.safeParse(value).error?.issues.map((issue) => explainIssues([issue], value as JsonValue)) ?? [];

/** Checked once, because an agent stands before the gates with each of its tasks. */
const agentBreaches = new WeakMap<AgentState, readonly string[]>();

const breachesOfAgent = (agent: AgentState): readonly string[] => {
  const known = agentBreaches.get(agent);
  if (known !== undefined) return known;
  const found = breaches(agentSchema, agent);
  agentBreaches.set(agent, found);
  return found;
};

const refuse = (action: Refusal["action"], reasons: readonly string[]): Refusal | undefined =>
  reasons.length === 0 ? undefined : { action, reasons };

/** Gate 1: structure, parameters, capability. */
const checkStructure = ({ task, agent, wave }: GateInput): Refusal | undefined => {
  const reasons = [...breachesOfTask(task)];
  if (!Number.isInteger(wave) || wave < 1) reasons.push(`wave: expected an integer from 1, received ${wave}`);
  // A malformed agent is no fault of the task: gate 2 refuses it.
  if (reasons.length === 0 && agent !== undefined && breachesOfAgent(agent).length === 0) {
    const missing = task.capabilities.filter((name) => !agent.capabilities.includes(name));
    if (missing.length > 0) reasons.push(`${agent.id} does not cover capabilities ${missing.join(", ")}`);
  }
  return refuse("block", reasons);
};

/** How often a resource that another run holds is asked for again: attempts take seconds, and a question costs a write. */
const RESOURCE_POLL_MS = 1_000;

/** Gate 2: agent online, capacity, resources. */
const checkAgent = ({ agent, probe, leaseLive, resourcesHeldBy }: GateInput): Refusal | undefined => {
  if (agent === undefined) return refuse("backup", ["the agent is not in the fleet"]);
  const reasons = breachesOfAgent(agent).map((reason) => `agent: ${reason}`);
  if (!agent.online && !probe) reasons.push(`${agent.id} is offline`);
  if (!leaseLive) reasons.push(`${agent.id} holds no live lease for this pass`);
  if (reasons.length > 0) return refuse("backup", reasons);
  const held = resourcesHeldBy.map(({ resource, holder }) => `resource ${resource} is held by ${holder}`);
  return held.length === 0 ? undefined : { action: "wait", waitMs: RESOURCE_POLL_MS, reasons: held };
};

/** Gate 3: dependencies COMPLETED, order. */
const checkDependencies = ({ task, dependencies, wave }: GateInput): Refusal | undefined => {
  const outcomes = new Map<string, string>(Object.entries(dependencies));
  const reasons = task.depends_on
    .filter((id) => outcomes.get(id) !== "COMPLETED")
    .map((id) => `dependency ${id}: expected COMPLETED, received ${outcomes.get(id) ?? "nothing"}`);
  const action = reasons.length > 0 ? "skip" : "block";
  if (task.wave !== undefined && wave < task.wave)
    reasons.push(`wave: expected ${task.wave} or later, received ${wave}`);
  return refuse(action, reasons);
};

/** Gate 4: the task's constraints, rate limit, `not_before`. */
const checkConstraints = ({ task, agent, now, rateWaitMs }: GateInput): Refusal | undefined => {
  const { allowed_agents: allowed, denied_agents: denied, not_before: notBefore } = task.constraints;
  const isAgent = (id: string) => id === agent?.id;
  const startMs = notBefore === undefined ? -Infinity : readInstant(notBefore);
  const final: string[] = [];
  if (allowed?.some(isAgent) === false) final.push(`${agent?.id} is not among allowed_agents`);
  if (denied?.some(isAgent) === true) final.push(`${agent?.id} is among denied_agents`);
  const { pinned_agent_id: pin } = task;
  if (pin !== undefined && !isAgent(pin)) final.push(`the task is pinned to ${pin}`);
  if (Number.isNaN(startMs)) final.push(...breaches(instantSchema, notBefore).map((reason) => `not_before: ${reason}`));
  if (final.length > 0) return refuse("block", final);

  if (!Number.isFinite(now)) return refuse("wait", [`now: expected epoch milliseconds, received ${now}`]);
  if (!(rateWaitMs >= 0))
    return refuse("wait", [`rate limit: expected a wait in milliseconds, received ${rateWaitMs}`]);
  const waitMs = Math.max(startMs - now, rateWaitMs);
  if (waitMs <= 0) return undefined;
  const reasons: string[] = [];
  if (startMs > now) reasons.push(`not before ${notBefore}`);
  if (rateWaitMs > 0) reasons.push(`the rate limit of ${agent?.id} has no token for ${rateWaitMs} ms`);
  return { action: "wait", waitMs, reasons };
};

/** NaN where the text is not an instant. Only text with a zone is read, for without one it would depend on this machine's. */
const readInstant = (text: string): number => (instantSchema.safeParse(text).success ? Date.parse(text) : Number.NaN);

const gates = [
  { gate: 1, check: checkStructure },
  { gate: 2, check: checkAgent },
  { gate: 3, check: checkDependencies },
  { gate: 4, check: checkConstraints },
] as const;
