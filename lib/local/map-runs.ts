import type { JsonObject } from "../domain/json.ts";
import { AwsError } from "./aws-error.ts";
import type { MapRun, MapRunCounts } from "./states/map-run.ts";

const countsOf = (counts: MapRunCounts, isWritten: boolean) => ({
  ...counts,
  pending: 0,
  resultsWritten: isWritten ? counts.total - counts.running : 0,
});

const mapRunOf = (executionArn: string, { arn, startDate, stopDate }: MapRun) => ({
  executionArn,
  mapRunArn: arn,
  startDate,
  ...(stopDate !== undefined && { stopDate }),
});

/** The Map Runs of executions that are under way or ended lately, behind Step Functions' operations that ask for them. */
export class MapRuns {
  readonly #ofExecution = new Map<string, MapRun[]>();

  /** Takes a Map Run that an execution begins. */
  add(executionArn: string, mapRun: MapRun): void {
    const mapRuns = this.#ofExecution.get(executionArn) ?? [];
    mapRuns.push(mapRun);
    this.#ofExecution.set(executionArn, mapRuns);
  }

  /** Drops those of an execution, which nobody asks for any more. */
  forget(executionArn: string): void {
    this.#ofExecution.delete(executionArn);
  }

  /** Answers ListMapRuns: those of an execution, the latest first. */
  list(executionArn: string, stateMachineArn: string): unknown {
    const mapRuns = this.#ofExecution.get(executionArn) ?? [];
    return { mapRuns: mapRuns.map((mapRun) => ({ ...mapRunOf(executionArn, mapRun), stateMachineArn })).toReversed() };
  }

  /** Answers DescribeMapRun. @throws AwsError where there is none of that ARN */
  describe(body: JsonObject): unknown {
    const { mapRunArn } = body as unknown as { readonly mapRunArn: string };
    for (const [executionArn, mapRuns] of this.#ofExecution) {
      const mapRun = mapRuns.find(({ arn }) => arn === mapRunArn);
      if (mapRun === undefined) continue;
      const { status, maxConcurrency, items, children } = mapRun;
      return {
        ...mapRunOf(executionArn, mapRun),
        status,
        maxConcurrency,
        toleratedFailurePercentage: 0,
        toleratedFailureCount: 0,
        itemCounts: countsOf(items, status !== "RUNNING"),
        executionCounts: countsOf(children, status !== "RUNNING"),
        redriveCount: 0,
      };
    }
    throw new AwsError("ResourceNotFound", `Resource not found: '${mapRunArn}'`);
  }
}
