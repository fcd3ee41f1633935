import type { Catcher, Guarded, Retrier, Transition } from "./definition.ts";
import type { FieldReader } from "./field-reader.ts";
import { anyArray, anyString, integerBetween, numberBetween } from "./field-reader.ts";

/** Reads Output and Assign, and adds what is assigned to `assigned`. @throws {InvalidDefinitionError} */
export const readResult = (fields: FieldReader, assigned: Set<string>): Omit<Transition, "next"> => {
  for (const [name] of fields.object("Assign")?.entries() ?? []) {
    if (!/^[A-Za-z_]\w{0,79}$/.test(name) || name === "states") {
      fields.refuse("Assign", `expected names of variables, got ${JSON.stringify(name)}`);
    }
    assigned.add(name);
  }
  return { output: fields.template("Output"), assign: fields.template("Assign") };
};

const readErrorEquals = (fields: FieldReader, isLast: boolean): readonly string[] => {
  const errors = fields.required("ErrorEquals", anyArray).map((error) => {
    return anyString.accepts(error) ? error : fields.refuse("ErrorEquals", "expected names of errors");
  });
  if (errors.length === 0) fields.refuse("ErrorEquals", "expected at least one name of an error");
  if (errors.includes("States.ALL") && (errors.length > 1 || !isLast)) {
    fields.refuse("ErrorEquals", "States.ALL must stand alone, and last in its list");
  }
  return errors;
};

const readRetrier = (fields: FieldReader, isLast: boolean): Retrier => {
  fields.raw("Comment");
  const retrier = {
    errorEquals: readErrorEquals(fields, isLast),
    intervalSeconds: fields.literal("IntervalSeconds", integerBetween(1)) ?? 1,
    maxAttempts: fields.literal("MaxAttempts", integerBetween(0)) ?? 3,
    backoffRate: fields.literal("BackoffRate", numberBetween(1, Number.MAX_VALUE)) ?? 2,
    maxDelaySeconds: fields.literal("MaxDelaySeconds", integerBetween(1, 31_622_400)) ?? Number.POSITIVE_INFINITY,
    fullJitter: fields.word("JitterStrategy", ["FULL", "NONE"]) === "FULL",
  };
  if (retrier.maxDelaySeconds <= retrier.intervalSeconds) {
    fields.refuse("MaxDelaySeconds", `expected more than IntervalSeconds, got ${retrier.maxDelaySeconds}`);
  }
  fields.end();
  return retrier;
};

const readCatcher = (fields: FieldReader, isLast: boolean, assigned: Set<string>): Catcher => {
  fields.raw("Comment");
  const errorEquals = readErrorEquals(fields, isLast);
  const catcher = { errorEquals, next: fields.required("Next", anyString), ...readResult(fields, assigned) };
  fields.end();
  return catcher;
};

/** Reads Retry and Catch. @throws {InvalidDefinitionError} */
export const readGuards = (fields: FieldReader, assigned: Set<string>): Guarded => ({
  retriers: fields.objects("Retry").map((each, index, all) => readRetrier(each, index === all.length - 1)),
  catchers: fields.objects("Catch").map((each, index, all) => readCatcher(each, index === all.length - 1, assigned)),
});
