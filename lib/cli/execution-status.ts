import { DescribeExecutionCommand, type DescribeExecutionOutput, ExecutionDoesNotExist } from "@aws-sdk/client-sfn";

import type { Stack } from "./embedded.ts";

/** What Step Functions says of the execution that bears a run's id; undefined where there is none. */
export const describeRun = async (
  { clients, outputs }: Pick<Stack, "clients" | "outputs">,
  runId: string,
): Promise<DescribeExecutionOutput | undefined> => {
  const machine = outputs["StateMachineArn"] ?? "";
  const executionArn = `${machine.replace(":stateMachine:", ":execution:")}:${runId}`;
  try {
    return await clients.sfn.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
};
