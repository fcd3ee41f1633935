import { DescribeExecutionCommand, type DescribeExecutionOutput, ExecutionDoesNotExist } from "@aws-sdk/client-sfn";

import type { Stack } from "./stack.ts";

/** The ARN of the execution that bears a run's id. */
export const executionArnOf = (outputs: Stack["outputs"], runId: string): string =>
  `${(outputs["StateMachineArn"] ?? "").replace(":stateMachine:", ":execution:")}:${runId}`;

/** What Step Functions says of the execution that bears a run's id; undefined where there is none. */
export const describeRun = async (
  { clients, outputs }: Pick<Stack, "clients" | "outputs">,
  runId: string,
): Promise<DescribeExecutionOutput | undefined> => {
  try {
    return await clients.sfn.send(new DescribeExecutionCommand({ executionArn: executionArnOf(outputs, runId) }));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
};
