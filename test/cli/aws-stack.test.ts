import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";

import { withAwsStack } from "../../lib/cli/aws-stack.ts";
import { deployedPace } from "../../lib/cli/pace.ts";
import { startGateway } from "../../lib/local/gateway.ts";
import { serveOnLoopback } from "../agents/serve-on-loopback.ts";

const outputs = {
  BucketName: "bucket",
  TableName: "table",
  StateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:Run",
  Phase16QueueUrl: "http://127.0.0.1/16",
  Phase18QueueUrl: "http://127.0.0.1/18",
  Phase20QueueUrl: "http://127.0.0.1/20",
};

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "embedded");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "very-secret");
  vi.stubEnv("AWS_SESSION_TOKEN", undefined);
  vi.stubEnv("AWS_PROFILE", undefined);
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_MAX_ATTEMPTS", "1");
  vi.stubEnv("AWS_CONFIG_FILE", join(tmpdir(), "phase21-no-such-file"));
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", join(tmpdir(), "phase21-no-such-file"));
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  return () => vi.unstubAllEnvs();
});

/** Puts a CloudFormation with this stack behind AWS_ENDPOINT_URL. */
const deploy = async (stackOutputs: Readonly<Record<string, string>>): Promise<void> => {
  const gateway = await startGateway({
    states: async () => ({}),
    invokeFunction: async () => ({ payload: "null" }),
    secret: async () => "",
    outputs: stackOutputs,
  });
  onTestFinished(() => gateway.stop());
  vi.stubEnv("AWS_ENDPOINT_URL", gateway.endpoint);
};

/** Puts a server behind AWS_ENDPOINT_URL that answers all questions alike. */
const answerAll = async (status: number, xml: string): Promise<void> => {
  const answer: RequestListener = (_, response) =>
    void response.writeHead(status, { "content-type": "text/xml" }).end(xml);
  const { endpoint, stop } = await serveOnLoopback(answer);
  onTestFinished(stop);
  vi.stubEnv("AWS_ENDPOINT_URL", endpoint);
};

const inState = (status: string): Promise<void> => {
  const member = `<member><StackName>any</StackName><StackStatus>${status}</StackStatus></member>`;
  const result = `<DescribeStacksResult><Stacks>${member}</Stacks></DescribeStacksResult>`;
  return answerAll(200, `<DescribeStacksResponse>${result}</DescribeStacksResponse>`);
};

const refusing = (code: string, message: string): Promise<void> =>
  answerAll(403, `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`);

/** The line that a command ends with. */
const reach = (name: string): Promise<string> =>
  withAwsStack(name, async () => "reached").catch(({ name: type, message }: Error) => `${type}: ${message}`);

describe("a stack", () => {
  test("is found by the outputs that CloudFormation tells of it, and is asked with patience", async () => {
    await deploy({ ...outputs, Other: "<&>" });
    const found = await withAwsStack("Phase21-embedded", async (stack) => stack);
    expect(found.outputs).toEqual({ ...outputs, Other: "<&>" });
    expect(found.pace).toBe(deployedPace);
  });

  test("that does not exist is told with the region that was looked at", async () => {
    await deploy(outputs);
    expect(await reach("Nobody")).toBe(
      "UsageError: stack Nobody: expected a stack of this name in eu-central-1, there is none",
    );
  });

  test("that CloudFormation leaves out does not exist", async () => {
    await answerAll(200, "<DescribeStacksResponse><DescribeStacksResult/></DescribeStacksResponse>");
    expect(await reach("any")).toMatch("expected a stack of this name in eu-central-1, there is none");
  });

  test("of something else is told by the first output that it lacks and those that it has", async () => {
    const { TableName: _table, ...others } = outputs;
    await deploy(others);
    expect(await reach("Phase21-embedded")).toBe(
      "UsageError: stack Phase21-embedded: expected the output TableName of a Phase 21 stack, it has: " +
        "BucketName, Phase16QueueUrl, Phase18QueueUrl, Phase20QueueUrl, StateMachineArn",
    );
  });

  test.each([
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
  ])("that is %s is refused", async (status) => {
    await inState(status);
    expect(await reach("any")).toBe(`UsageError: stack any: expected a stack that is deployed, it is ${status}`);
  });

  test.each(["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"])(
    "that is %s is looked into",
    async (status) => {
      await inState(status);
      expect(await reach("any")).toBe(
        "UsageError: stack any: expected the output BucketName of a Phase 21 stack, it has: none",
      );
    },
  );
});

describe("a user whom AWS does not let in is told", () => {
  test("who may not do what", async () => {
    const message = "User: arn:aws:iam::1:user/me is not authorized to perform: cloudformation:DescribeStacks";
    await refusing("AccessDenied", message);
    expect(await reach("any")).toBe(`UsageError: stack any: ${message}`);
  });

  test("that the credentials are refused, without what AWS quotes of them", async () => {
    await refusing("SignatureDoesNotMatch", "The Canonical String should have been: x-amz-security-token:very-secret");
    expect(await reach("any")).toBe(
      "UsageError: stack any: expected credentials that AWS takes, it answered SignatureDoesNotMatch",
    );
  });

  test("that there are no credentials", async () => {
    await deploy(outputs);
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    expect(await reach("any")).toMatch(
      /^UsageError: stack any: expected AWS credentials, such as a profile named by AWS_PROFILE: Could not load/u,
    );
  });

  test("that there is no region", async () => {
    vi.stubEnv("AWS_REGION", undefined);
    expect(await reach("any")).toBe(
      "UsageError: stack any: expected a region: set AWS_REGION, or one in the profile that AWS_PROFILE names",
    );
  });

  test("that nobody answers", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    expect(await reach("any")).toBe("UsageError: stack any: expected AWS to answer, received ECONNREFUSED");
  });
});

test("what goes wrong in a stack's use leaves it as it is", async () => {
  await deploy(outputs);
  const bug = new TypeError("undefined is not a function");
  const using = withAwsStack("Phase21-embedded", async () => Promise.reject(bug));
  await expect(using).rejects.toBe(bug);
});
