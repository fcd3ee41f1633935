import * as z from "zod";
import type { Agent, Fleet } from "./agent.ts";
import { httpFields, lambdaFields } from "./endpoint-fields.ts";
import { idText, nameList, numberBetween, positiveNumber, strictFields, LARGEST } from "./field-schemas.ts";
import { parseJsonFile } from "./json-file.ts";

/** Every step that assigns reads the whole fleet. */
const MAX_AGENTS = 10_000;

const EXPECTED_AGENTS = `expected an array of 1 to ${MAX_AGENTS} agents`;

const simulatedSchema = strictFields({
  kind: z.literal("simulated"),
  bias: numberBetween(-1, 1).default(0),
  transient_rate: numberBetween(0, 1).default(0.08),
  latency_ms: z
    .number("expected a number from 0")
    .min(0, "expected a number from 0")
    .max(LARGEST, `expected a number from 0 to ${LARGEST}`)
    .default(0),
  hang_rate: numberBetween(0, 1).default(0),
  crash_rate: numberBetween(0, 1).default(0),
});

const endpointSchema = z.discriminatedUnion(
  "kind",
  [simulatedSchema, strictFields(httpFields), strictFields(lambdaFields)],
  {
    error: (issue) =>
      issue.code === "invalid_union" ? "expected one of simulated, http, lambda" : "expected an object",
  },
);

const agentSchema = strictFields({
  id: idText(),
  capabilities: nameList().default([]),
  capacity: positiveNumber().default(10),
  confidence: numberBetween(0, 1).default(0.85),
  rate_limit_per_second: positiveNumber().exactOptional(),
  endpoint: endpointSchema.prefault({ kind: "simulated" }),
});

const refuseDuplicates = (agents: readonly Agent[], context: z.core.$RefinementCtx): void => {
  const seen = new Set<string>();
  for (const [index, { id }] of agents.entries()) {
    if (seen.has(id)) context.addIssue({ code: "custom", path: [index, "id"], message: "expected an id of its own" });
    seen.add(id);
  }
};

const byId = (a: Agent, b: Agent): number => (a.id < b.id ? -1 : 1);

/** `agents.json` (SPEC IN4). */
export const fleetSchema = strictFields({
  fleet: idText().default("default"),
  agents: z
    .array(agentSchema, EXPECTED_AGENTS)
    .min(1, EXPECTED_AGENTS)
    .max(MAX_AGENTS, EXPECTED_AGENTS)
    .superRefine(refuseDuplicates),
});

/**
 * The fleet of an agents.json with the defaults of SPEC IN4, agents sorted by id.
 * @throws InvalidInputError in one line: file, path, what was expected, what was received
 */
export const parseFleet = (text: string, file = "agents.json"): Fleet => {
  const { fleet, agents } = parseJsonFile(text, file, fleetSchema);
  return { fleet, agents: agents.toSorted(byId) };
};

/** Four simulated agents, for a run that brings no fleet; they cover what the example predictions ask for. */
export const defaultFleet: Fleet = {
  fleet: "default",
  agents: [0, 1, 2, 3].map((number) =>
    agentSchema.parse({ id: `agent_${number}`, capabilities: ["code", "docs", "research", "review", "test"] }),
  ),
};
