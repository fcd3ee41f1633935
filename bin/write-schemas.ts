/** Writes what others read as JSON Schema files, into the folder that is named, else into `schemas`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import * as z from "zod/mini";

import { configSchema } from "../lib/domain/config-file.ts";
import { fleetSchema } from "../lib/domain/fleet.ts";
import { metricsSummarySchema, resultSchema, systemHealthSchema } from "../lib/domain/output-schemas.ts";
import { predictionSchema } from "../lib/domain/prediction.ts";
import { scheduleSchema } from "../lib/domain/schedule.ts";
import { signalMessageSchema, signalSchema } from "../lib/domain/signal-schemas.ts";

interface PublishedSchema {
  readonly title: string;
  readonly description: string;
  readonly schema: z.ZodMiniType;
}

const schemas: Readonly<Record<string, PublishedSchema>> = {
  prediction: {
    title: "Prediction",
    description: "A task: a line of predictions.jsonl; other fields than these are passed on to the agent",
    schema: predictionSchema,
  },
  "schedule-entry": {
    title: "Schedule entry",
    description: "A line of schedule.jsonl, which overrides the prediction of the same task",
    schema: scheduleSchema,
  },
  agents: {
    title: "Agents",
    description: "A fleet: agents.json; ids are unique, URLs are https, or http on a loopback address",
    schema: fleetSchema,
  },
  config: {
    title: "Configuration",
    description: "The choices of a run: config.json",
    schema: configSchema,
  },
  signal: {
    title: "Signal",
    description: "What a run tells a phase that learns: a line of learning_signals.jsonl, an item of a message",
    schema: signalSchema,
  },
  "signal-message": {
    title: "Signal message",
    description: "Body of an SQS message of a phase's queue; its signals share run_id, wave and target_phase",
    schema: signalMessageSchema,
  },
  result: {
    title: "Result",
    description: "The one terminal record of a task: a line of results.jsonl",
    schema: resultSchema,
  },
  "metrics-summary": {
    title: "Metrics summary",
    description: "Counts, rates and latencies of a run: metrics_summary.json",
    schema: metricsSummarySchema,
  },
  "system-health": {
    title: "System health",
    description: "Health of a run and of its waves: system_health.json",
    schema: systemHealthSchema,
  },
};

/** Seen from the reader: of outputs this leaves room for fields that a later release adds, of inputs it makes defaults optional. */
const render = (name: string, { title, description, schema }: PublishedSchema): string => {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  return JSON.stringify({ $schema, $id: `urn:phase21:schema:${name}:1`, title, ...rest, description }, undefined, 2);
};

const folder = process.argv[2] ?? join(import.meta.dirname, "..", "schemas");
await mkdir(folder, { recursive: true });
for (const [name, published] of Object.entries(schemas)) {
  await writeFile(join(folder, `${name}.schema.json`), `${render(name, published)}\n`);
}
