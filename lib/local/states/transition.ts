import type { JsonObject, JsonValue } from "../../domain/json.ts";
import type { Transition } from "./definition.ts";
import { assertWithinLimit } from "./data-limit.ts";
import type { Scope } from "./expressions.ts";

/** How a visit of a state ended. */
export interface Outcome {
  readonly output: JsonValue;
  readonly next: string | undefined;
  /** Variables that the transition assigned; undefined where it has no Assign. */
  readonly assigned: JsonObject | undefined;
}

/** A part of a value that is within the limit is within it, too: spares most outputs the walk, such as a Lambda's payload. */
const isPartOf = (whole: JsonValue | undefined, value: JsonValue): boolean =>
  value === whole || (typeof whole === "object" && whole !== null && Object.values(whole).includes(value));

/**
 * Takes a transition: Output (`otherwise` where it has none, known to be within the limit) and Assign both see the variables
 * as they were.
 * @throws {EvaluationFailure} @throws {StateFailure} States.DataLimitExceeded
 */
export const takeTransition = async (transition: Transition, scope: Scope, otherwise: JsonValue): Promise<Outcome> => {
  const { output: giveOutput, assign, next } = transition;
  const output = giveOutput === undefined ? otherwise : await giveOutput(scope);
  if (giveOutput !== undefined && !isPartOf(scope.states.result, output)) assertWithinLimit(output, "state's output");
  if (assign === undefined) return { output, next, assigned: undefined };
  const assigned = (await assign(scope)) as JsonObject;
  assertWithinLimit(assigned, "value of Assign");
  return { output, next, assigned };
};
