import type { MetricsSummary } from "../domain/summary.ts";
import { formatNumber } from "../domain/report-figures.ts";
import { REGION } from "../local/physical-resources.ts";
import type { EmbeddedStack } from "./embedded.ts";

/** How to reach a served cloud, for a shell: variables to paste, and how to start a run with them. */
export const renderEndpoints = ({ endpoints, outputs }: Pick<EmbeddedStack, "endpoints" | "outputs">): string => {
  const variables = {
    AWS_ENDPOINT_URL: endpoints.gateway,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: "embedded",
    AWS_SECRET_ACCESS_KEY: "embedded",
    PHASE21_BUCKET: outputs["BucketName"] ?? "",
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${value}`),
    "# a run starts with: aws s3 cp predictions.jsonl s3://$PHASE21_BUCKET/inbox/my-run/predictions.jsonl",
    "",
  ].join("\n");
};

/** The line of a run that went well; `out` is where its files are. */
export const renderEnd = (
  { run_id, tasks, health, rejected_lines }: Pick<MetricsSummary, "run_id" | "tasks" | "health" | "rejected_lines">,
  out: string,
): string =>
  [
    `run ${run_id} SUCCEEDED: ${formatNumber(tasks.total)} tasks: ${formatNumber(tasks.completed)} completed`,
    `${formatNumber(tasks.failed)} failed, ${formatNumber(tasks.blocked)} blocked, ${formatNumber(tasks.skipped)} skipped`,
    ...(rejected_lines === 0 ? [] : [`${formatNumber(rejected_lines)} rejected (rejected.jsonl says why)`]),
    `health ${health.score.toFixed(2)} ${health.status}`,
    `files in ${out}/`,
  ].join(", ");
