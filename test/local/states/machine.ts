import type { JsonObject, JsonValue } from "../../../lib/domain/json.ts";
import type { Resource } from "../../../lib/local/states/definition.ts";
import { execute } from "../../../lib/local/states/execute.ts";
import type { ExecuteOptions, ExecutionResult } from "../../../lib/local/states/execute.ts";
import { createVirtualClock } from "./virtual-clock.ts";

export const invokeArn = "arn:aws:states:::lambda:invoke";
export const getObjectArn = "arn:aws:states:::s3:getObject";
export const putObjectArn = "arn:aws:states:::s3:putObject";

/** A valid machine of these states, starting with the first. */
export const machine = (states: JsonObject, more: JsonObject = {}): JsonObject => ({
  QueryLanguage: "JSONata",
  StartAt: Object.keys(states)[0] ?? "",
  States: states,
  ...more,
});

/** A Task that ends its states, changed by `more`. */
export const task = (more: JsonObject = {}): JsonObject => ({
  Type: "Task",
  Resource: invokeArn,
  Arguments: { input: "{% $states.input %}", retryCount: "{% $states.context.State.RetryCount %}" },
  ...("Next" in more ? {} : { End: true }),
  ...more,
});

/** A Pass that ends its states. */
export const pass = (more: JsonObject = {}): JsonObject => ({
  Type: "Pass",
  ...("Next" in more ? {} : { End: true }),
  ...more,
});

/** An inline Map over these states that ends its own. */
export const inlineMap = (states: JsonObject, more: JsonObject = {}): JsonObject => ({
  Type: "Map",
  Items: "{% $states.input.items %}",
  ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, StartAt: Object.keys(states)[0] ?? "", States: states },
  ...("Next" in more ? {} : { End: true }),
  ...more,
});

/** A distributed Map with EXPRESS children of these states that ends its own. */
export const distributedMap = (states: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...inlineMap(states, more),
  ItemProcessor: {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
    StartAt: Object.keys(states)[0] ?? "",
    States: states,
  },
  Label: "children",
  ...more,
});

/** Runs a machine on a virtual clock, with ids `id-1`, `id-2`, … and, where a resource is given, with that behind `lambda:invoke`. */
export const run = (
  definition: JsonObject,
  input: JsonValue = {},
  { invoke, ...options }: Partial<ExecuteOptions> & { readonly invoke?: Resource } = {},
): Promise<ExecutionResult> => {
  let ids = 0;
  return execute(definition, input, {
    clock: createVirtualClock(),
    newId: () => `id-${++ids}`,
    ...options,
    resources: { ...(invoke && { [invokeArn]: invoke }), ...options.resources },
  });
};

/** Runs one Pass whose Output is `output`. */
export const evaluate = (
  output: JsonValue,
  input: JsonValue = {},
  options: Partial<ExecuteOptions> = {},
): Promise<ExecutionResult> => run(machine({ Pass: pass({ Output: output }) }), input, options);

/** An error with the name that Retry and Catch match. */
export const named = (name: string, more: object = {}): Error =>
  Object.assign(new Error(`${name} happened`), { name }, more);

/** A resource that fails with these error names in turn, then answers what it was given. */
export const failing = (...names: readonly string[]): Resource & { readonly calls: JsonValue[] } => {
  const calls: JsonValue[] = [];
  const resource: Resource = async (args) => {
    calls.push(args);
    const name = names[calls.length - 1];
    if (name !== undefined) throw named(name);
    return args;
  };
  return Object.assign(resource, { calls });
};

/** A resource that only ends when its signal aborts, with a record of how many did. */
export const hanging = (): Resource & { readonly aborted: unknown[] } => {
  const aborted: unknown[] = [];
  const resource: Resource = (_args, { signal }) =>
    new Promise(() => {
      signal.addEventListener("abort", () => aborted.push(signal.reason), { once: true });
    });
  return Object.assign(resource, { aborted });
};

/** Types of an execution's events, in order. */
export const typesOf = (result: ExecutionResult): readonly string[] => result.history.map(({ type }) => type);
