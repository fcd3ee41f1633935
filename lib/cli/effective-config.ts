import { parseRunConfig, parseSettings } from "../domain/config-file.ts";
import type { JsonObject } from "../domain/json.ts";
import type { RunConfig } from "../domain/run-config.ts";

/** Flags of `run` that override a key of config.json, with that key. */
const flagKeys = {
  strategy: { flag: "--strategy", key: "strategy" },
  retryStrategy: { flag: "--retry-strategy", key: "retry_strategy" },
  maxRetries: { flag: "--max-retries", key: "max_retries" },
  waves: { flag: "--waves", key: "num_waves" },
  seed: { flag: "--seed", key: "seed" },
} as const;

/** The flags as they were given; absent ones leave the file's value. */
export type ConfigFlags = { readonly [name in keyof typeof flagKeys]?: string };

const numeric = new Set<string>(["max_retries", "num_waves", "seed"]);

const valueOf = (key: string, text: string): string | number => {
  if (!numeric.has(key)) return text;
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
};

/**
 * The configuration of a run: what the file says, with flags in its place where given (SPEC IN3).
 *
 * @throws InvalidInputError that names the file or the flag
 */
export const effectiveConfig = (fileText: string | undefined, file: string, flags: ConfigFlags): RunConfig => {
  parseSettings(fileText, file);
  const overrides: Record<string, string | number> = {};
  for (const [name, { flag, key }] of Object.entries(flagKeys)) {
    const text = flags[name as keyof ConfigFlags];
    if (text === undefined) continue;
    overrides[key] = valueOf(key, text);
    parseSettings(JSON.stringify({ [key]: overrides[key] }), flag);
  }
  const fromFile = fileText === undefined ? {} : (JSON.parse(fileText) as JsonObject);
  return parseRunConfig(
    JSON.stringify({ ...fromFile, ...overrides }),
    Object.keys(overrides).length === 0 ? file : fileText === undefined ? "flags" : `${file} with flags`,
  );
};
