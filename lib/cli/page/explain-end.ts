import type { DescribeExecutionOutput } from "@aws-sdk/client-sfn";

import { explainCause } from "../follow-run.ts";

/** Why an execution ended badly, in the words of the step that failed; undefined where nothing is known of it. */
export const explainEnd = (execution: DescribeExecutionOutput | undefined): string | undefined => {
  if (execution === undefined) return undefined;
  const { status = "", error = status, cause = "" } = execution;
  const reason = explainCause(cause);
  return reason === "" ? error : `${error}: ${reason}`;
};
