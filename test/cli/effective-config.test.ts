import { expect, test } from "vitest";

import { type ConfigFlags, effectiveConfig } from "../../lib/cli/effective-config.ts";
import { parseRunConfig } from "../../lib/domain/config-file.ts";

const configOf = (file: object | undefined, flags: ConfigFlags = {}) =>
  effectiveConfig(file === undefined ? undefined : JSON.stringify(file), "my.json", flags);

test("without a file and without flags the defaults hold", () => {
  expect(configOf(undefined)).toEqual(parseRunConfig(undefined));
});

test("what the file says holds where no flag says otherwise", () => {
  expect(configOf({ strategy: "ROUND_ROBIN", num_waves: 5 }, { waves: "4" })).toMatchObject({
    strategy: "ROUND_ROBIN",
    num_waves: 4,
  });
});

test.each([
  ["--strategy", { strategy: "PRIORITY_BASED" }, { strategy: "PRIORITY_BASED" }],
  ["--retry-strategy", { retryStrategy: "NO_RETRY" }, { retry_strategy: "NO_RETRY" }],
  ["--max-retries", { maxRetries: "0" }, { max_retries: 0 }],
  ["--waves", { waves: "7" }, { num_waves: 7 }],
  ["--seed", { seed: "42" }, { seed: 42 }],
])("%s wins over the file", (_, flags, expected) => {
  const file = {
    strategy: "ROUND_ROBIN",
    retry_strategy: "LINEAR_BACKOFF",
    max_retries: 3,
    num_waves: 5,
    seed: 1,
    strict: true,
  };
  expect(configOf(file, flags)).toMatchObject({ ...file, ...expected });
});

test.each([
  ["--strategy", { strategy: "FASTEST" }, "FASTEST"],
  ["--retry-strategy", { retryStrategy: "NEVER" }, "NEVER"],
  ["--max-retries", { maxRetries: "6" }, "6"],
  ["--max-retries", { maxRetries: "two" }, "two"],
  ["--max-retries", { maxRetries: "" }, ""],
  ["--waves", { waves: "0" }, "0"],
  ["--waves", { waves: "1.5" }, "1.5"],
  ["--seed", { seed: "-1" }, "-1"],
])("a wrong %s is refused by its name in one line, with what was received: %j", (flag, flags, received) => {
  expect(() => configOf({}, flags)).toThrow(new RegExp(`^${flag}: .*received "?${received}"?$`, "u"));
});

test("a wrong file is refused by its name, also where a flag would win over it", () => {
  expect(() => configOf({ strategy: "FASTEST" }, { strategy: "ROUND_ROBIN" })).toThrow(/^my\.json: /u);
  expect(() => effectiveConfig("{", "my.json", { seed: "1" })).toThrow(/^my\.json: /u);
});

test("a flag that does not fit the file is refused with both named", () => {
  const long = { task_timeout_seconds: 200, max_retries: 0 };
  expect(configOf(long)).toMatchObject(long);
  expect(() => configOf(long, { maxRetries: "5" })).toThrow(
    /^my\.json with flags: max_retries, task_timeout_seconds: /u,
  );
});
