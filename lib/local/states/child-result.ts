import type { JsonObject, JsonValue } from "../../domain/json.ts";
import type { WriterConfig } from "./definition.ts";
import type { ExecutionEnd } from "./run-to-end.ts";

/** How one child of a Distributed Map ended. */
export interface ChildResult {
  /** Which batch it had, from 0. */
  readonly index: number;
  readonly name: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly input: JsonValue;
  /** ISO 8601. */
  readonly startDate: string;
  readonly stopDate: string;
  readonly end: ExecutionEnd;
}

/** Takes what children gave, in the order in which they end. */
export interface ResultCollector {
  /** @throws {StateFailure} States.ResultWriterFailed */
  readonly add: (child: ChildResult) => Promise<void>;
  /** Gives the Map's result. @throws {StateFailure} States.ResultWriterFailed */
  readonly finish: () => Promise<JsonValue>;
}

/** A child as Transformation NONE writes it. */
const describe = ({ end, ...child }: ChildResult): JsonObject => ({
  ExecutionArn: child.executionArn,
  Input: JSON.stringify(child.input),
  InputDetails: { Included: true },
  Name: child.name,
  ...(end.output === undefined ? {} : { Output: JSON.stringify(end.output), OutputDetails: { Included: true } }),
  ...(end.error === undefined ? {} : { Error: end.error }),
  ...(end.cause === undefined ? {} : { Cause: end.cause }),
  RedriveCount: 0,
  StartDate: child.startDate,
  StateMachineArn: child.stateMachineArn,
  Status: end.status,
  StopDate: child.stopDate,
});

/** What a child adds to the results; one that failed is written as if there were no transformation. */
export const transformResult = (child: ChildResult, { transformation }: WriterConfig): readonly JsonValue[] => {
  const { output } = child.end;
  if (output === undefined || transformation === "NONE") return [describe(child)];
  return transformation === "FLATTEN" && Array.isArray(output) ? (output as readonly JsonValue[]) : [output];
};

/** Keeps the results in the order of the batches; the Map's result is all of them. */
export const collectResults = (config: WriterConfig): ResultCollector => {
  const results: (readonly JsonValue[])[] = [];
  return {
    add: async (child) => {
      results[child.index] = transformResult(child, config);
    },
    finish: async () => results.flat(),
  };
};
