import { describe, expect, it } from "vitest";
import { configWarnings, parseRunConfig } from "../../lib/domain/config-file.ts";
import { InvalidInputError } from "../../lib/domain/errors.ts";
import type { JsonValue } from "../../lib/domain/json.ts";

const defaults = {
  strategy: "LOAD_BALANCED",
  retry_strategy: "EXPONENTIAL_BACKOFF",
  max_retries: 5,
  num_waves: 3,
  wave_concurrency: 1,
  dispatch_concurrency: 20,
  max_passes: 2,
  task_timeout_seconds: 30,
  cooldown_seconds: 60,
  seed: 21,
  strict: false,
  fleet: "default",
  feedback: { phase_16: false, phase_18: true, phase_20: true, signals_per_message: 100 },
  anomalies: { drop: 0.1, stuck_seconds: 30 },
};

const parse = (value: JsonValue) => parseRunConfig(JSON.stringify(value));

describe("parseRunConfig", () => {
  it.each([
    ["there is no file", undefined],
    ["the file is an empty object", "{}"],
  ])("gives the defaults where %s", (_title, text) => {
    expect(parseRunConfig(text)).toEqual(defaults);
  });

  it("takes every setting", () => {
    const config = {
      strategy: "ROUND_ROBIN",
      retry_strategy: "LINEAR_BACKOFF",
      max_retries: 2,
      num_waves: 7,
      wave_concurrency: 40,
      dispatch_concurrency: 1_000,
      max_passes: 10,
      task_timeout_seconds: 0.5,
      cooldown_seconds: 0.1,
      seed: Number.MAX_SAFE_INTEGER,
      strict: true,
      fleet: "night:shift",
      feedback: { phase_16: true, phase_18: false, phase_20: false, signals_per_message: 1 },
      anomalies: { drop: 0, stuck_seconds: 5 },
    };
    expect(parse(config)).toEqual(config);
  });

  it("fills in the defaults beside nested settings", () => {
    expect(parse({ feedback: { phase_16: true } }).feedback).toEqual({ ...defaults.feedback, phase_16: true });
  });

  it.each<[JsonValue, string]>([
    [
      { strategy: "RANDOM" },
      'strategy: expected one of LOAD_BALANCED, ROUND_ROBIN, PRIORITY_BASED, CONFIDENCE_BASED, received "RANDOM"',
    ],
    [
      { retry_strategy: null },
      "retry_strategy: expected one of EXPONENTIAL_BACKOFF, LINEAR_BACKOFF, NO_RETRY, received null",
    ],
    [{ max_retries: 9 }, "max_retries: expected an integer from 0 to 5, received 9"],
    [{ num_waves: 401 }, "num_waves: expected an integer from 1 to 400, received 401"],
    [{ dispatch_concurrency: 0 }, "dispatch_concurrency: expected an integer from 1 to 1000, received 0"],
    [{ dispatch_concurrency: 1_001 }, "dispatch_concurrency: expected an integer from 1 to 1000, received 1001"],
    [{ wave_concurrency: 41 }, "wave_concurrency: expected an integer from 1 to 40, received 41"],
    [{ max_passes: 0 }, "max_passes: expected an integer from 1 to 10, received 0"],
    [{ task_timeout_seconds: 0 }, "task_timeout_seconds: expected a number from 0.1 to 240, received 0"],
    [{ cooldown_seconds: 0 }, "cooldown_seconds: expected a number above 0, received 0"],
    [{ seed: 2 ** 53 }, "seed: expected an integer from 0 to 9007199254740991, received 9007199254740992"],
    [{ strict: "yes" }, 'strict: expected true or false, received "yes"'],
    [{ fleet: "" }, 'fleet: expected 1 to 128 characters of A-Z a-z 0-9 . _ : -, received ""'],
    [{ feedback: true }, "feedback: expected an object, received true"],
    [
      { feedback: { signals_per_message: 101 } },
      "feedback.signals_per_message: expected an integer from 1 to 100, received 101",
    ],
    [{ anomalies: { drop: 2 } }, "anomalies.drop: expected a number from 0 to 1, received 2"],
    [{ anomalies: { stuck_seconds: 0 } }, "anomalies.stuck_seconds: expected a number above 0, received 0"],
    [[], "expected a JSON object, received []"],
  ])("refuses %j", (value, reason) => {
    expect(() => parse(value)).toThrow(new InvalidInputError(`config.json: ${reason}`));
  });

  it.each<[JsonValue, string]>([
    [{ max_retrys: 1 }, 'expected no unknown key, received "max_retrys" (did you mean "max_retries"?)'],
    [{ colour: 1, sed: 2 }, 'expected no unknown key, received "colour", "sed" (did you mean "seed"?)'],
    [
      { feedback: { phase_17: true } },
      'feedback: expected no unknown key, received "phase_17" (did you mean "phase_16"?)',
    ],
  ])("refuses the unknown key of %j and names the one that was meant", (value, reason) => {
    expect(() => parse(value)).toThrow(new InvalidInputError(`config.json: ${reason}`));
  });

  it("names all that is wrong, with the caller's name of the file", () => {
    expect(() => parseRunConfig('{"seed":-1,"strict":0}', "my.json")).toThrow(
      new InvalidInputError(
        "my.json: seed: expected an integer from 0 to 9007199254740991, received -1; strict: expected true or false, received 0",
      ),
    );
  });

  it("refuses a text that is not JSON", () => {
    expect(() => parseRunConfig("{")).toThrow(/^config\.json: expected JSON: /);
  });

  it.each<[string, JsonValue, string]>([
    ["with exponential waits", { task_timeout_seconds: 43.25 }, "290.5"],
    ["with linear waits", { task_timeout_seconds: 46, retry_strategy: "LINEAR_BACKOFF" }, "291"],
    ["with few retries", { task_timeout_seconds: 240, max_retries: 1 }, "481"],
  ])("refuses attempts that do not fit the time of an Express execution %s", (_title, value, received) => {
    expect(() => parse(value)).toThrow(
      new InvalidInputError(
        "config.json: max_retries, task_timeout_seconds: expected all attempts of a task with the waits between them " +
          `to take at most 290 seconds, received ${received}`,
      ),
    );
  });

  it.each<[string, JsonValue]>([
    ["exponential waits that just fit", { task_timeout_seconds: 43 }],
    ["linear waits that just fit", { task_timeout_seconds: 45, retry_strategy: "LINEAR_BACKOFF" }],
    ["exactly 290 seconds", { task_timeout_seconds: 144.5, max_retries: 1 }],
    ["a long attempt that is never retried", { task_timeout_seconds: 240, retry_strategy: "NO_RETRY" }],
    ["a long attempt without retries", { task_timeout_seconds: 240, max_retries: 0 }],
  ])("takes %s", (_title, value) => {
    expect(() => parse(value)).not.toThrow();
  });
});

describe("configWarnings", () => {
  it.each([3, 7])("has nothing to say about %i waves", (waves) => {
    expect(configWarnings(parse({ num_waves: waves }))).toEqual([]);
  });

  it.each([2, 8])("warns about %i waves", (waves) => {
    expect(configWarnings(parse({ num_waves: waves }))).toEqual([
      `num_waves: 3 to 7 waves are recommended, received ${waves}`,
    ]);
  });
});
