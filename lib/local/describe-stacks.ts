import { escapeXml, type GatewayAnswer } from "./gateway-unsupported.ts";
import { ACCOUNT, REGION } from "./physical-resources.ts";

/** What CloudFormation calls the embedded stack. */
export const STACK_NAME = "Phase21-embedded";

const STACK_ID = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${STACK_NAME}/00000000-0000-0000-0000-000000000000`;

const xmlAnswer = (status: number, root: string, content: string): GatewayAnswer => ({
  status,
  headers: { "content-type": "text/xml" },
  text: `<${root} xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">${content}</${root}>`,
});

const outputMember = ([key, value]: readonly [string, string]): string =>
  `<member><OutputKey>${escapeXml(key)}</OutputKey><OutputValue>${escapeXml(value)}</OutputValue></member>`;

/** What CloudFormation's DescribeStacks says of the embedded stack; of any other, by name or id, that it does not exist. */
export const describeStacks = (name: string | undefined, outputs: Readonly<Record<string, string>>): GatewayAnswer => {
  if (name !== undefined && name !== STACK_NAME && name !== STACK_ID) {
    const message = `<Message>Stack with id ${escapeXml(name)} does not exist</Message>`;
    return xmlAnswer(400, "ErrorResponse", `<Error><Type>Sender</Type><Code>ValidationError</Code>${message}</Error>`);
  }
  const stack = [
    `<StackName>${STACK_NAME}</StackName><StackId>${STACK_ID}</StackId>`,
    `<CreationTime>${new Date(performance.timeOrigin).toISOString()}</CreationTime>`,
    "<StackStatus>CREATE_COMPLETE</StackStatus>",
    `<Outputs>${Object.entries(outputs).map(outputMember).join("")}</Outputs>`,
  ].join("");
  const result = `<DescribeStacksResult><Stacks><member>${stack}</member></Stacks></DescribeStacksResult>`;
  return xmlAnswer(200, "DescribeStacksResponse", result);
};
