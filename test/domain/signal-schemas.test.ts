import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Anomaly } from "../../lib/domain/anomalies.ts";
import { createLatencies } from "../../lib/domain/percentiles.ts";
import type { TaskRecord } from "../../lib/domain/record.ts";
import { terminalReasons } from "../../lib/domain/redrive.ts";
import { parseSignalMessage, signalSchema } from "../../lib/domain/signal-schemas.ts";
import type { Signal } from "../../lib/domain/signal.ts";
import { taskSignals, waveSignals } from "../../lib/domain/signals.ts";
import { buildMetricsSummary, buildSystemHealth } from "../../lib/domain/summary.ts";
import { tallyMetrics } from "../../lib/domain/wave-metrics.ts";
import { packAll } from "./pack-all.ts";
import { agent, completed, config, failed, tallyOf, unassignable } from "./report-builders.ts";

const root = join(import.meta.dirname, "../..");
const published = join(root, "schemas");

const readSchema = (file: string, folder = published): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, unknown>;

/** Makes every object that names its fields refuse others, to see that the schema names all there are. */
const refuseOthers = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(refuseOthers);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, refuseOthers(value)] as const);
  return { ...Object.fromEntries(entries), ...("required" in schema && { additionalProperties: false }) };
};

/** What an independent validator finds wrong with a value, by a schema file that may not lack any field of it. */
const faultsBy = (file: string) => {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, formats: { "date-time": true } });
  const validate = ajv.compile(refuseOthers(readSchema(file)) as Record<string, unknown>);
  return (value: unknown) => (validate(value) ? [] : (validate.errors ?? []));
};

const share = fc.double({ min: 0, max: 1, noNaN: true });
const idText = fc.stringMatching(/^[A-Za-z0-9._:-]{1,128}$/u);

/** Records as runs leave them: completed, failed for any reason, never executed. */
const record: fc.Arbitrary<TaskRecord> = fc
  .record({ task_id: idText, agent_id: idText, predicted_success_rate: share, duration_ms: fc.nat() })
  .chain((changes) =>
    fc.oneof(
      fc.constant(completed(changes)),
      fc.constantFrom(...terminalReasons).map((reason) => failed({ ...changes, reason })),
      fc.constant(unassignable({ task_id: changes.task_id, wave: null })),
    ),
  );

const wave = fc.record({
  records: fc.uniqueArray(record, { minLength: 1, maxLength: 30, selector: ({ task_id }) => task_id }),
  wave: fc.integer({ min: 1, max: 1_000 }),
  anomalies: fc.array(fc.constantFrom<Anomaly["type"]>("success_drop", "stuck_agent", "out_of_range", "budget")),
});

type Wave = typeof wave extends fc.Arbitrary<infer Value> ? Value : never;

const anomaliesOf = ({ anomalies, wave: number }: Wave): Anomaly[] =>
  anomalies.map((type) => ({
    type,
    wave: number,
    message: `a wave with ${type}`,
    ...(type === "stuck_agent" && { agent_id: "agent_0" }),
  }));

const agents = [agent("agent_0"), agent("agent_1", { online: false, completed_tasks: 3, failed_tasks: 1 })];

const signalsOf = (given: Wave): Signal[] => {
  const totals = tallyOf(given.records);
  const context = {
    run_id: "run-1",
    wave: given.wave,
    timestamp: "2026-01-01T12:00:00.000Z",
    feedback: config.feedback,
  };
  const advice = { totals, agents, config, failures: [], rejectedLines: 1, anomalies: anomaliesOf(given) };
  return [...given.records.flatMap((each) => taskSignals(each, totals, context)), ...waveSignals(advice, context)];
};

const aSignal = (): Signal => {
  const [signal] = taskSignals(completed(), tallyOf([completed()]), {
    run_id: "run-1",
    wave: 1,
    timestamp: "2026-01-01T12:00:00.000Z",
    feedback: config.feedback,
  });
  if (signal === undefined) throw new Error("expected a signal of a completed task");
  return signal;
};

test("the schema files are what `npm run schemas` would write", () => {
  const folder = mkdtempSync(join(tmpdir(), "phase21-schemas-"));
  execFileSync(process.execPath, [join(root, "bin/write-schemas.ts"), folder]);
  expect(readdirSync(published).toSorted()).toEqual(readdirSync(folder).toSorted());
  for (const file of readdirSync(folder)) expect(readSchema(file)).toEqual(readSchema(file, folder));
});

test.each(readdirSync(published))("%s has an id, a title and a description, in draft 2020-12", (file) => {
  expect(readSchema(file)).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `urn:phase21:schema:${file.replace(".schema.json", "")}:1`,
    title: expect.stringMatching(/^\S/u),
    description: expect.stringMatching(/^\S/u),
  });
});

describe("whatever a wave comes to", () => {
  test("its signals keep to their schema, which names each of their fields", () => {
    const faults = faultsBy("signal.schema.json");
    fc.assert(
      fc.property(wave, (given) => {
        for (const signal of signalsOf(given)) {
          expect(faults(JSON.parse(JSON.stringify(signal)))).toEqual([]);
          expect(signalSchema.safeParse(signal).success).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("the messages of a phase keep to theirs, and are read as they were sent", () => {
    const faults = faultsBy("signal-message.schema.json");
    fc.assert(
      fc.property(wave, fc.integer({ min: 1, max: 100 }), (given, signalsPerMessage) => {
        const sent = signalsOf(given).filter((signal) => signal.target_phase === 18);
        const read = packAll(
          sent.map((signal) => JSON.stringify(signal)),
          signalsPerMessage,
        ).flatMap(({ body }): readonly unknown[] => {
          expect(faults(JSON.parse(body))).toEqual([]);
          const message = parseSignalMessage(body);
          return message.ok ? message.signals : [message.reason];
        });
        expect(read).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
      { numRuns: 50 },
    );
  });

  test("its records, its summary and its health keep to theirs", () => {
    const [ofResult, ofSummary, ofHealth] = ["result", "metrics-summary", "system-health"].map((name) =>
      faultsBy(`${name}.schema.json`),
    );
    fc.assert(
      fc.property(wave, (given) => {
        const totals = tallyOf(given.records);
        const components = tallyMetrics(totals, agents);
        const latencies = createLatencies();
        const summary = buildMetricsSummary({
          run_id: "run-1",
          config,
          totals,
          agents,
          waves: 1,
          durationSeconds: 1.5,
          latencies: latencies.quantiles(),
          signals: { by_type: { agent_performance: 1 }, by_phase: { "18": 1 } },
          rejectedLines: 0,
        });
        const { wave: number } = given;
        const item = {
          wave: number,
          health_score: 75,
          components,
          tasks: 1,
          completed: 1,
          anomalies: anomaliesOf(given),
        };
        const health = buildSystemHealth({ run_id: "run-1", totals, agents, waves: [item] });
        for (const each of given.records) expect(ofResult?.(each)).toEqual([]);
        expect(ofSummary?.(JSON.parse(JSON.stringify(summary)))).toEqual([]);
        expect(ofHealth?.(JSON.parse(JSON.stringify(health)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

test("a record may carry its output or where it stands, costs, errors and the decision for its agent", () => {
  const decision = {
    strategy: "LOAD_BALANCED",
    load: 0.5,
    eligible: 2,
    passed_over: { offline: 1 },
    probe: true,
  } as const;
  const [entry] = completed().attempt_log;
  const full = { ...completed(), decision, attempt_log: [{ ...entry, error: "no", cost_usd: 0.01, tokens: 12 }] };
  const faults = faultsBy("result.schema.json");
  expect(faults({ ...full, output: { any: ["thing", null] } })).toEqual([]);
  expect(faults({ ...full, output_key: "runs/run-1/outputs/task_1.json", output_bytes: 4_096 })).toEqual([]);
});

test("a field that a later release adds breaks no schema of an output, and is kept", () => {
  const signal = { ...aSignal(), later: true };
  expect(parseSignalMessage(JSON.stringify([signal]))).toEqual({ ok: true, signals: [signal] });
  const ajv = new Ajv2020({ strictTypes: false, formats: { "date-time": true } });
  expect(ajv.compile(readSchema("signal.schema.json"))(signal)).toBe(true);
});

describe("a message that is refused says what was expected:", () => {
  const told = { task_id: "t", predicted_success: 1, actual_success: 1, delta: 0, agent_id: "agent_0", wave: 1 };
  const spoiled = (changes: object): string => JSON.stringify([aSignal(), { ...aSignal(), ...changes }]);

  test.each([
    ["no JSON", "{", "body: expected an array of 1 to 100 signals as JSON, received no JSON"],
    ["no array", "{}", "expected an array of 1 to 100 signals, received {}"],
    ["nothing in it", "[]", "expected an array of 1 to 100 signals, received []"],
    ["no signal", "[1]", "[0]: expected a signal, received 1"],
    [
      "more than a message may hold",
      JSON.stringify(Array.from({ length: 101 }, aSignal)),
      "expected an array of 1 to 100 signals, received an array of 101",
    ],
    [
      "an unknown type",
      spoiled({ signal_type: "gossip" }),
      "[1].signal_type: expected one of agent_performance, prediction_validation, multi_agent_coordination, " +
        'heuristic_feedback, received "gossip"',
    ],
    ["a version of later", spoiled({ schema_version: 2 }), "[1].schema_version: expected 1, received 2"],
    ["a phase that the type is not for", spoiled({ target_phase: 20 }), "[1].target_phase: expected 18, received 20"],
    ["no content", spoiled({ content: null }), "[1].content: expected an object, received null"],
    ["a wrong share", spoiled({ confidence: 1.5 }), "[1].confidence: expected a number from 0 to 1, received 1.5"],
    [
      "signals of two runs",
      spoiled({ run_id: "run-2" }),
      '[1].run_id: expected run-1, as the first has, received "run-2"',
    ],
    [
      "signals of two phases",
      JSON.stringify([
        aSignal(),
        { ...aSignal(), signal_type: "prediction_validation", target_phase: 20, content: told },
      ]),
      "[1].target_phase: expected 18, as the first has, received 20",
    ],
    ["signals of two waves", spoiled({ wave: 2 }), "[1].wave: expected 1, as the first has, received 2"],
  ])("%s", (_what, body, reason) => {
    expect(parseSignalMessage(body)).toEqual({ ok: false, reason });
  });
});
