import { ArnFormat, Stack, Validations } from "aws-cdk-lib";
import { type IRole, Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { StateMachine } from "aws-cdk-lib/aws-stepfunctions";
import { Construct } from "constructs";

import type { Storage } from "./storage.ts";

export interface WorkflowRoleProps {
  readonly storage: Storage;
  /** The functions that its states invoke. */
  readonly functions: readonly IFunction[];
}

/**
 * What the state machine may do. CDK would derive it from the states, with the whole bucket and every version of each function in it;
 * here it is written out.
 */
export class WorkflowRole extends Construct {
  /** For the state machine; grants that CDK makes on its own do not reach it. */
  readonly role: IRole;
  readonly #role: Role;

  constructor(scope: Construct, id: string, { storage: { bucket, table }, functions }: WorkflowRoleProps) {
    super(scope, id);
    this.#role = new Role(this, "Resource", { assumedBy: new ServicePrincipal("states.amazonaws.com") });
    this.role = this.#role.withoutPolicyUpdates();
    const allow = (actions: string[], resources: string[]) =>
      this.#role.addToPolicy(new PolicyStatement({ actions, resources }));
    allow(
      ["lambda:InvokeFunction"],
      functions.map((fn) => fn.functionArn),
    );
    allow(["dynamodb:UpdateItem"], [table.tableArn]);
    // The Distributed Map reads assignments and writes results; it writes large results in parts.
    allow(
      ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
      [bucket.arnForObjects("runs/*")],
    );
    allow(logActions, ["*"]);
    allow(traceActions, ["*"]);
    Validations.of(this).acknowledge(
      {
        id: "AwsSolutions-IAM5[Resource::*]",
        reason:
          "Step Functions sets up its log delivery by actions that know no resources, and X-Ray's know none either (Step Functions Developer Guide, logging and tracing).",
      },
      {
        id: `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(bucket.node.defaultChild as never)}.Arn>/runs/*]`,
        reason: "A run's keys hold its id, which is not known before it starts; the inbox is out of reach.",
      },
    );
  }

  /** Lets the state machine start and stop the children of its own Distributed Map; apart, because it names the state machine. */
  grantMapRuns(stateMachine: StateMachine): void {
    const stack = Stack.of(this);
    const children = stack.formatArn({
      service: "states",
      resource: "execution",
      resourceName: `${stateMachine.stateMachineName}:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const policy = new Policy(this, "MapRuns", {
      statements: [
        new PolicyStatement({ actions: ["states:StartExecution"], resources: [stateMachine.stateMachineArn] }),
        new PolicyStatement({ actions: ["states:DescribeExecution", "states:StopExecution"], resources: [children] }),
      ],
    });
    policy.attachToRole(this.#role);
    Validations.of(policy).acknowledge({
      id: "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<Run9BD80DAC.Name>:*]",
      reason:
        "Step Functions names the children of a Map Run itself; the pattern holds those of this state machine alone.",
    });
  }
}

const logActions = [
  "logs:CreateLogDelivery",
  "logs:GetLogDelivery",
  "logs:UpdateLogDelivery",
  "logs:DeleteLogDelivery",
  "logs:ListLogDeliveries",
  "logs:PutResourcePolicy",
  "logs:DescribeResourcePolicies",
  "logs:DescribeLogGroups",
];

const traceActions = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "xray:GetSamplingRules",
  "xray:GetSamplingTargets",
];
