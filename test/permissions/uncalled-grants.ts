import type { FunctionName } from "../../lib/domain/function-environment.ts";
import type { Grant } from "./policies.ts";

/** Who has a role: a function, the state machine, or a schedule. */
export type Caller = FunctionName | "state machine" | "schedule";

/** Actions that AWS's own services take in a role's name, so that no call of ours shows them. */
interface UncalledActions {
  readonly callers: readonly Caller[];
  readonly actions: readonly string[];
  /** What they are granted on: nothing wider than what the services need. */
  readonly resource: RegExp;
  readonly reason: string;
}

const called: readonly Caller[] = ["start-run", "watch-agents", "sweep-inbox"];
const steps: readonly Caller[] = [
  "plan-waves",
  "assign-wave",
  "execute-task",
  "publish-signals",
  "score-wave",
  "write-report",
];

/** Every grant that the embedded cloud cannot show the need of. */
export const uncalledActions: readonly UncalledActions[] = [
  {
    callers: [...steps, ...called],
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resource: /Logs[0-9A-F]{8}$/u,
    reason: "Lambda writes a function's logs",
  },
  {
    callers: [...steps, ...called],
    actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    resource: /^\*$/u,
    reason: "Lambda writes a function's traces",
  },
  {
    callers: called,
    actions: ["sqs:SendMessage"],
    resource: /:lostevents[0-9a-f]{8}$/u,
    reason: "Lambda sends events that the function failed on",
  },
  {
    callers: ["state machine"],
    actions: [
      "logs:CreateLogDelivery",
      "logs:GetLogDelivery",
      "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
      "logs:DescribeLogGroups",
      "xray:PutTraceSegments",
      "xray:PutTelemetryRecords",
      "xray:GetSamplingRules",
      "xray:GetSamplingTargets",
    ],
    resource: /^\*$/u,
    reason: "Step Functions writes an execution's logs and traces",
  },
  {
    callers: ["state machine"],
    actions: ["states:StartExecution", "states:DescribeExecution", "states:StopExecution"],
    resource: /:(?:stateMachine:Run[0-9A-F]{8}|execution:Run[0-9A-F]{8}:\*)$/u,
    reason: "Step Functions starts and stops the children of a Distributed Map",
  },
  {
    callers: ["state machine"],
    actions: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
    resource: /\/runs\/\*$/u,
    reason: "Step Functions writes large results of a Distributed Map in parts",
  },
  {
    callers: ["write-report"],
    actions: ["s3:AbortMultipartUpload"],
    resource: /\/runs\/\*$/u,
    reason: "A wave of many megabytes that broke off is written in parts when it is ended",
  },
];

/** Whether this is why a grant needs no call. */
export const explains = (
  { callers, actions, resource }: UncalledActions,
  caller: Caller,
  grant: Pick<Grant, "action" | "resource">,
): boolean => callers.includes(caller) && actions.includes(grant.action) && resource.test(grant.resource);
