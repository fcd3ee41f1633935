import * as z from "zod/mini";

import { InvalidInputError } from "./errors.ts";
import {
  idText,
  integerBetween,
  LARGEST,
  numberBetween,
  oneOf,
  positiveNumber,
  shortText,
  strictFields,
  trueOrFalse,
} from "./field-schemas.ts";
import { limits } from "./function-environment.ts";
import { parseJsonFile } from "./json-file.ts";
import { MAX_WAVES } from "./plan.ts";
import { MAX_RETRIES, retryDelays } from "./retry-policy.ts";
import { safetyGateSchema } from "./safety-gate.ts";
import { retryStrategies, strategies } from "./run-config.ts";
import type { RunConfig } from "./run-config.ts";

/** An EXPRESS execution, which carries a task through all attempts of a pass, ends after 300 s; 10 s are for its own steps. */
const MAX_TASK_SECONDS = 290;

/** `config.json` (SPEC IN3). */
export const configSchema = strictFields({
  strategy: z._default(oneOf(strategies), "LOAD_BALANCED"),
  retry_strategy: z._default(oneOf(retryStrategies), "EXPONENTIAL_BACKOFF"),
  max_retries: z._default(integerBetween(0, MAX_RETRIES), MAX_RETRIES),
  num_waves: z._default(integerBetween(1, MAX_WAVES), 3),
  wave_concurrency: z._default(integerBetween(1, 40), 1),
  dispatch_concurrency: z._default(integerBetween(1, limits.maxDispatchConcurrency), limits.dispatchConcurrency),
  max_passes: z._default(integerBetween(1, 10), 2),
  task_timeout_seconds: z._default(numberBetween(0.1, 240), 30),
  cooldown_seconds: z._default(positiveNumber(), 60),
  seed: z._default(integerBetween(0, Number.MAX_SAFE_INTEGER), 21),
  strict: z._default(trueOrFalse(), false),
  fleet: z._default(idText(), "default"),
  feedback: z.prefault(
    strictFields({
      phase_16: z._default(trueOrFalse(), false),
      phase_18: z._default(trueOrFalse(), true),
      phase_20: z._default(trueOrFalse(), true),
      signals_per_message: z._default(integerBetween(1, 100), 100),
    }),
    {},
  ),
  budget: z.exactOptional(
    strictFields({
      max_attempts: z.exactOptional(integerBetween(1, LARGEST)),
      max_cost_usd: z.exactOptional(positiveNumber()),
      max_tokens: z.exactOptional(integerBetween(1, LARGEST)),
      max_seconds: z.exactOptional(positiveNumber()),
    }),
  ),
  safety_gate: z.exactOptional(safetyGateSchema),
  redrive_of: z.exactOptional(shortText(128)),
  anomalies: z.prefault(
    strictFields({
      drop: z._default(numberBetween(0, 1), 0.1),
      stuck_seconds: z._default(positiveNumber(), 30),
    }),
    {},
  ),
});

/** Longest time that all attempts of a task and the waits between them may take, in seconds, at the deployed unit of 1 s. */
const longestTaskSeconds = (config: RunConfig): number => {
  const waits = retryDelays(config.retry_strategy, config.max_retries);
  const attempts = waits.length + 1;
  const attemptSeconds = config.task_timeout_seconds + (config.safety_gate?.timeout_seconds ?? 0);
  return waits.reduce((total, wait) => total + wait, attempts * attemptSeconds);
};

/**
 * Settings by themselves, with the defaults of SPEC IN3, before it is known whether they go together: flags may still win over some.
 * @throws InvalidInputError in one line: file, setting, what was expected, what was received
 */
export const parseSettings = (text: string | undefined, file: string): RunConfig =>
  parseJsonFile(text ?? "{}", file, configSchema);

/**
 * The choices of a run with the defaults of SPEC IN3; undefined text means that there is no config.json.
 * @throws InvalidInputError in one line: file, setting, what was expected, what was received
 */
export const parseRunConfig = (text: string | undefined, file = "config.json"): RunConfig => {
  const config = parseSettings(text, file);
  const seconds = longestTaskSeconds(config);
  if (seconds > MAX_TASK_SECONDS) {
    throw new InvalidInputError(
      `${file}: max_retries, task_timeout_seconds: expected all attempts of a task with the waits between them to take ` +
        `at most ${MAX_TASK_SECONDS} seconds, received ${Math.round(seconds * 10) / 10}`,
    );
  }
  return config;
};

/** What is allowed but probably not meant, a line each. */
export const configWarnings = (config: RunConfig): string[] =>
  config.num_waves < 3 || config.num_waves > 7
    ? [`num_waves: 3 to 7 waves are recommended, received ${config.num_waves}`]
    : [];
