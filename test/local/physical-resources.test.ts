import { expect, test } from "vitest";

import { identifyResources, physicalName } from "../../lib/local/physical-resources.ts";

const identities = (type: string) =>
  identifyResources({ Resources: { ThingAB12: { Type: type } } }, { sqsEndpoint: "http://127.0.0.1:4000" })[
    "ThingAB12"
  ];

test.each([
  ["AWS::S3::Bucket", "thingab12", "arn:aws:s3:::thingab12"],
  ["AWS::SQS::Queue", "http://127.0.0.1:4000/000000000000/thingab12", "arn:aws:sqs:us-east-1:000000000000:thingab12"],
  ["AWS::Lambda::Function", "ThingAB12", "arn:aws:lambda:us-east-1:000000000000:function:ThingAB12"],
  [
    "AWS::StepFunctions::StateMachine",
    "arn:aws:states:us-east-1:000000000000:stateMachine:ThingAB12",
    "arn:aws:states:us-east-1:000000000000:stateMachine:ThingAB12",
  ],
  ["AWS::DynamoDB::Table", "ThingAB12", "arn:aws:dynamodb:us-east-1:000000000000:table/ThingAB12"],
  ["AWS::IAM::Role", "ThingAB12", "arn:aws:other:us-east-1:000000000000:ThingAB12"],
])("an %s is known by its Ref and its Arn before it exists", (type, ref, Arn) => {
  expect(identities(type)).toMatchObject({ ref, attributes: { Arn } });
});

test("a queue and a state machine are known by their names as well", () => {
  expect(identities("AWS::SQS::Queue")?.attributes["QueueName"]).toBe("thingab12");
  expect(identities("AWS::StepFunctions::StateMachine")?.attributes["Name"]).toBe("ThingAB12");
});

test("long logical ids that differ in their hash only have names of their own, short enough for a bucket", () => {
  const names = ["D7D06462", "A879A57A"].map((hash) => physicalName(`${"Nested".repeat(20)}${hash}`));
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]{3,63}$/u);
});
