import type { JsonObject } from "../domain/json.ts";
import type { Emulators } from "./emulators.ts";
import type { PhysicalResource } from "./template.ts";

export const REGION = "us-east-1";
export const ACCOUNT = "000000000000";

/** Names of buckets and queues take lower-case letters, digits and hyphens; the end of a logical id is what makes it unique. */
export const physicalName = (logicalId: string): string => logicalId.toLowerCase().slice(-60);

const arn = (service: string, resource: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/**
 * The identity of each resource of the template, known before it exists. A queue's URL names the emulator's own address, because the
 * SDK calls the host that the URL names.
 */
export const identifyResources = (
  template: JsonObject,
  { sqsEndpoint }: Pick<Emulators, "sqsEndpoint">,
): Record<string, PhysicalResource> => {
  const resources = template["Resources"] as Readonly<Record<string, { readonly Type: string }>>;
  return Object.fromEntries(Object.entries(resources).map(([id, { Type }]) => [id, identify(id, Type, sqsEndpoint)]));
};

const identify = (logicalId: string, type: string, sqsEndpoint: string): PhysicalResource => {
  const name = physicalName(logicalId);
  switch (type) {
    case "AWS::S3::Bucket":
      return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
    case "AWS::SQS::Queue":
      return {
        ref: `${sqsEndpoint}/${ACCOUNT}/${name}`,
        attributes: { Arn: arn("sqs", name), QueueName: name },
      };
    case "AWS::Lambda::Function":
      return { ref: logicalId, attributes: { Arn: arn("lambda", `function:${logicalId}`) } };
    case "AWS::StepFunctions::StateMachine": {
      const machine = arn("states", `stateMachine:${logicalId}`);
      return { ref: machine, attributes: { Arn: machine, Name: logicalId } };
    }
    case "AWS::DynamoDB::Table":
      return { ref: logicalId, attributes: { Arn: arn("dynamodb", `table/${logicalId}`) } };
    default:
      return { ref: logicalId, attributes: { Arn: arn("other", logicalId) } };
  }
};
