import type { Program, ServiceNames, State, StateMachine, TaskState, Transition } from "./definition.ts";
import { FieldReader, anyBoolean, anyString, integerBetween } from "./field-reader.ts";
import { readGuards, readResult } from "./load-guards.ts";
import { readMap } from "./load-map.ts";

/** One scope of variables while it is read, with what the whole machine gathers. */
interface Loading {
  readonly resources: Set<string>;
  readonly labels: Set<string>;
  readonly inExpress: boolean;
  readonly isJsonata: boolean;
  /** Variables that the states of this scope assign. */
  readonly assigned: Set<string>;
  /** Variables that inline Maps in this scope assign, with the Map's place. */
  readonly assignedInside: { readonly where: string; readonly names: ReadonlySet<string> }[];
}

const readTransition = (fields: FieldReader, { assigned }: Loading): Transition => {
  const next = fields.literal("Next", anyString);
  const ends = fields.literal("End", anyBoolean) === true;
  if ((next === undefined) !== ends) fields.refuse("Next", "expected either Next or End: true");
  return { next, ...readResult(fields, assigned) };
};

const nameService = (resource: string, fields: FieldReader): ServiceNames | undefined => {
  if (/^arn:[\w-]+:lambda:[^:]+:\d+:function:/.test(resource)) return undefined;
  const [, resourceType, api] = /^arn:[\w-]+:states:::((?:aws-sdk:)?\w+):(\w+)$/.exec(resource) ?? [];
  if (resourceType === undefined || api === undefined) {
    return fields.refuse("Resource", `expected a Lambda function or a request-response integration, got ${resource}`);
  }
  return { resourceType, resource: api };
};

const readTask = (fields: FieldReader, name: string, loading: Loading): TaskState => {
  const resource = fields.required("Resource", anyString);
  loading.resources.add(resource);
  return {
    type: "Task",
    name,
    resource,
    service: nameService(resource, fields),
    arguments: fields.template("Arguments"),
    timeoutSeconds: fields.typed("TimeoutSeconds", integerBetween(1)),
    ...readTransition(fields, loading),
    ...readGuards(fields, loading.assigned),
  };
};

const readChoice = (fields: FieldReader, name: string, { assigned }: Loading): State => {
  const rules = fields.objects("Choices").map((rule) => {
    rule.raw("Comment");
    const condition = rule.typed("Condition", anyBoolean) ?? rule.refuse("Condition", "expected a condition, got none");
    const read = { condition, next: rule.required("Next", anyString), ...readResult(rule, assigned) };
    rule.end();
    return read;
  });
  if (rules.length === 0) fields.refuse("Choices", "expected at least one rule");
  return { type: "Choice", name, rules, next: fields.literal("Default", anyString), ...readResult(fields, assigned) };
};

const readWait = (fields: FieldReader, name: string, loading: Loading): State => {
  const seconds = fields.typed("Seconds", integerBetween(0));
  const timestamp = fields.typed("Timestamp", anyString);
  if ((seconds === undefined) === (timestamp === undefined))
    fields.refuse("Seconds", "expected either Seconds or Timestamp");
  return { type: "Wait", name, seconds, timestamp, ...readTransition(fields, loading) };
};

const readMapState = (fields: FieldReader, name: string, loading: Loading): State => {
  const loadProgram = (processor: FieldReader, kind: "inline" | "standard" | "express"): Program => {
    const inside = {
      ...loading,
      inExpress: loading.inExpress || kind === "express",
      assigned: new Set<string>(),
      assignedInside: [],
    };
    const program = readProgram(processor, inside);
    processor.raw("Comment");
    processor.end();
    if (kind === "inline") loading.assignedInside.push({ where: fields.where, names: inside.assigned });
    return program;
  };
  return {
    type: "Map",
    name,
    ...readMap(fields, name, { ...loading, loadProgram }),
    ...readTransition(fields, loading),
    ...readGuards(fields, loading.assigned),
  };
};

const readByType = (fields: FieldReader, name: string, loading: Loading): State => {
  const type = fields.required("Type", anyString);
  switch (type) {
    case "Task":
      return readTask(fields, name, loading);
    case "Choice":
      return readChoice(fields, name, loading);
    case "Wait":
      return readWait(fields, name, loading);
    case "Map":
      return readMapState(fields, name, loading);
    case "Pass":
      return { type, name, ...readTransition(fields, loading) };
    case "Succeed":
      return { type, name, next: undefined, output: fields.template("Output"), assign: undefined };
    case "Fail":
      return { type, name, error: fields.typed("Error", anyString), cause: fields.typed("Cause", anyString) };
  }
  return fields.refuse("Type", `state type ${JSON.stringify(type)} is not supported`);
};

const readState = (value: unknown, name: string, loading: Loading): State => {
  const fields = new FieldReader(value, `state ${JSON.stringify(name)}`);
  const language = fields.word("QueryLanguage", ["JSONata", "JSONPath"]);
  if (language === "JSONPath" || (language === undefined && !loading.isJsonata)) {
    fields.refuse("QueryLanguage", "JSONPath is not supported, expected JSONata");
  }
  fields.raw("Comment");
  const state = readByType(fields, name, loading);
  fields.end();
  return state;
};

const nextStates = (state: State): readonly string[] => {
  const transitions: Transition[] = state.type === "Fail" ? [] : [state];
  if (state.type === "Choice") transitions.push(...state.rules);
  if (state.type === "Task" || state.type === "Map") transitions.push(...state.catchers);
  return transitions.flatMap(({ next }) => next ?? []);
};

/** Inner scopes may read the variables of outer ones, but not assign the same names. */
const refuseShadowing = ({ assigned, assignedInside }: Loading, fields: FieldReader): void => {
  const own = new Set(assigned);
  for (const { where, names } of assignedInside) {
    for (const name of names) {
      if (own.has(name)) fields.refuse("", `variable ${name} is assigned inside and outside of ${where}`);
      assigned.add(name);
    }
  }
};

const readProgram = (fields: FieldReader, loading: Loading): Program => {
  const startAt = fields.required("StartAt", anyString);
  const entries = fields.object("States")?.entries() ?? [];
  const states = new Map(entries.map(([name, value]) => [name, readState(value, name, loading)]));
  if (!states.has(startAt)) fields.refuse("StartAt", `there is no state ${JSON.stringify(startAt)}`);
  for (const state of states.values()) {
    for (const next of nextStates(state)) {
      if (!states.has(next))
        fields.refuse(
          "",
          `state ${JSON.stringify(state.name)} goes on to ${JSON.stringify(next)}, which does not exist`,
        );
    }
  }
  refuseShadowing(loading, fields);
  return { startAt, states };
};

const loaded = new WeakMap<object, StateMachine>();

/**
 * Checks a whole definition (parsed JSON) and compiles its expressions; the same object is loaded once.
 * @throws {InvalidDefinitionError} on the first field or state that is invalid or not supported
 */
export const loadStateMachine = (definition: object): StateMachine => {
  const known = loaded.get(definition);
  if (known !== undefined) return known;
  const fields = new FieldReader(definition, "state machine");
  fields.raw("Comment");
  if (fields.raw("Version") !== undefined && fields.raw("Version") !== "1.0") fields.refuse("Version", "expected 1.0");
  const resources = new Set<string>();
  const program = readProgram(fields, {
    resources,
    labels: new Set(),
    inExpress: false,
    isJsonata: fields.word("QueryLanguage", ["JSONata", "JSONPath"]) === "JSONata",
    assigned: new Set(),
    assignedInside: [],
  });
  const machine = { ...program, resources, timeoutSeconds: fields.literal("TimeoutSeconds", integerBetween(1)) };
  fields.end();
  loaded.set(definition, machine);
  return machine;
};
