import { Duration } from "aws-cdk-lib";
import { JitterType, type RetryProps } from "aws-cdk-lib/aws-stepfunctions";

import type { Retrier } from "../domain/retry-policy.ts";

/** Compiles a retrier of the domain's tables into CDK's. */
export const toRetryProps = (retrier: Retrier): RetryProps => ({
  errors: [...retrier.errorEquals],
  interval: Duration.seconds(retrier.intervalSeconds),
  maxAttempts: retrier.maxAttempts,
  backoffRate: retrier.backoffRate,
  ...(retrier.maxDelaySeconds !== undefined && { maxDelay: Duration.seconds(retrier.maxDelaySeconds) }),
  ...(retrier.jitterStrategy !== undefined && { jitterStrategy: JitterType.FULL }),
});
