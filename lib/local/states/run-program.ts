import type { JsonValue } from "../../domain/json.ts";
import type { Program, State } from "./definition.ts";
import { Visit } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { inputDetails, outputDetails } from "./history.ts";
import { runMap } from "./map-state.ts";
import { runChoice, runFail, runPass, runWait } from "./simple-states.ts";
import { runTask } from "./task-state.ts";
import type { Outcome } from "./transition.ts";

const perform = (state: State, visit: Visit): Promise<Outcome> => {
  switch (state.type) {
    case "Task":
      return runTask(state, visit);
    case "Map":
      return runMap(state, visit);
    case "Choice":
      return runChoice(state, visit);
    case "Wait":
      return runWait(state, visit);
    case "Pass":
    case "Succeed":
      return runPass(state, visit);
    case "Fail":
      return runFail(state, visit);
  }
};

const exitedDetails = (name: string, { output, assigned }: Outcome) => ({
  stateExitedEventDetails: {
    name,
    ...outputDetails(output),
    ...(assigned === undefined
      ? {}
      : {
          assignedVariables: Object.fromEntries(
            Object.entries(assigned).map(([key, value]) => [key, JSON.stringify(value)]),
          ),
          assignedVariablesDetails: { truncated: false },
        }),
  },
});

const visitState = async (state: State, input: JsonValue, frame: Frame): Promise<Outcome> => {
  const { history, signal } = frame;
  const { name, type } = state;
  const eventId = history.record(`${type}StateEntered`, () => ({
    stateEnteredEventDetails: { name, ...inputDetails(input) },
  }));
  if (frame.elapsed === undefined) frame.run.meter.transition();
  const visit = new Visit(state, input, frame, eventId);
  try {
    const outcome = await perform(state, visit);
    history.record(`${type}StateExited`, () => exitedDetails(name, outcome));
    return outcome;
  } catch (error) {
    signal.throwIfAborted();
    throw visit.toFailure(error);
  }
};

/**
 * Runs a program's states from its first to an end and gives the last output.
 * @throws {StateFailure} the failure that no Catch took
 * @throws {Stopped} once the frame's signal aborts
 */
export const runProgram = async (program: Program, input: JsonValue, frame: Frame): Promise<JsonValue> => {
  let value = input;
  for (let next: string | undefined = program.startAt; next !== undefined;) {
    frame.signal.throwIfAborted();
    const state = program.states.get(next);
    if (state === undefined) throw new Error(`there is no state ${next}`);
    frame.state = state;
    const outcome = await visitState(state, value, frame);
    if (outcome.assigned !== undefined) frame.variables = { ...frame.variables, ...outcome.assigned };
    value = outcome.output;
    next = outcome.next;
  }
  return value;
};
