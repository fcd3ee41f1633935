import * as z from "zod/mini";
import type { Agent, Fleet } from "./agent.ts";
import { httpFields, lambdaFields } from "./endpoint-fields.ts";
import { idText, nameList, numberBetween, positiveNumber, strictFields, LARGEST } from "./field-schemas.ts";
import { parseJsonFile } from "./json-file.ts";

/** Every step that assigns reads the whole fleet. */
const MAX_AGENTS = 10_000;

const EXPECTED_AGENTS = `expected an array of 1 to ${MAX_AGENTS} agents`;

const simulatedSchema = strictFields({
  kind: z.literal("simulated"),
  bias: z._default(numberBetween(-1, 1), 0),
  transient_rate: z._default(numberBetween(0, 1), 0.08),
  latency_ms: z._default(
    z
      .number("expected a number from 0")
      .check(z.gte(0, "expected a number from 0"), z.lte(LARGEST, `expected a number from 0 to ${LARGEST}`)),
    0,
  ),
  hang_rate: z._default(numberBetween(0, 1), 0),
  crash_rate: z._default(numberBetween(0, 1), 0),
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
  capabilities: z._default(nameList(), []),
  capacity: z._default(positiveNumber(), 10),
  confidence: z._default(numberBetween(0, 1), 0.85),
  rate_limit_per_second: z.exactOptional(positiveNumber()),
  endpoint: z.prefault(endpointSchema, { kind: "simulated" }),
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
  fleet: z._default(idText(), "default"),
  agents: z
    .array(agentSchema, EXPECTED_AGENTS)
    .check(z.minLength(1, EXPECTED_AGENTS), z.maxLength(MAX_AGENTS, EXPECTED_AGENTS), z.superRefine(refuseDuplicates)),
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
