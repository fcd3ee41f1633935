import { beforeAll, describe, expect, test } from "vitest";

import { type Resource, synthesize, type SynthesizedStack } from "./synthesized-stack.ts";

let stack: SynthesizedStack;

beforeAll(() => {
  stack = synthesize();
}, 60_000);

const property = (resource: Resource | undefined, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], resource?.Properties);

const arnOf = (logicalId: string) => ({ "Fn::GetAtt": [logicalId, "Arn"] });

describe("the schedules", () => {
  const schedules = () => stack.ofType("AWS::Scheduler::Schedule");
  const functionOf = (name: string) => {
    const functions = stack.ofType("AWS::Lambda::Function");
    const [id, fn] = functions.find(([, { Properties }]) => Properties["Description"] === `Phase 21 ${name}`) ?? [];
    return {
      arn: arnOf(String(id)),
      role: property(fn, "Role") as { readonly "Fn::GetAtt": readonly [string, string] },
    };
  };
  const statementsOf = (name: string) => {
    const [role] = functionOf(name).role["Fn::GetAtt"];
    return stack
      .ofType("AWS::IAM::Policy")
      .filter(([, policy]) => JSON.stringify(property(policy, "Roles")) === JSON.stringify([{ Ref: role }]))
      .flatMap(([, policy]) => property(policy, "PolicyDocument", "Statement") as Record<string, unknown>[]);
  };

  test.each([
    ["watch-agents", "rate(1 minute)", 60],
    ["sweep-inbox", "rate(5 minutes)", 300],
  ])("call %s at the %s", (name, ScheduleExpression, MaximumEventAgeInSeconds) => {
    const arn = JSON.stringify(functionOf(name).arn);
    const found = schedules().filter(([, schedule]) => JSON.stringify(property(schedule, "Target", "Arn")) === arn);
    expect(found.map(([, { Properties }]) => Properties)).toMatchObject([
      {
        ScheduleExpression,
        FlexibleTimeWindow: { Mode: "OFF" },
        State: "ENABLED",
        Target: { Input: "{}", RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds } },
      },
    ]);
  });

  test("keep what they could not deliver where the upload's trigger keeps it", () => {
    const [[, rule] = []] = stack.ofType("AWS::Events::Rule");
    const kept = schedules().map(([, schedule]) => property(schedule, "Target", "DeadLetterConfig"));
    expect(kept).toHaveLength(3);
    for (const DeadLetterConfig of kept) expect(property(rule, "Targets")).toMatchObject([{ DeadLetterConfig }]);
  });

  test("start a run of the standing predictions, where the stack's parameters say which and when", () => {
    const arn = JSON.stringify(functionOf("start-run").arn);
    const [[, schedule] = []] = schedules().filter(
      ([, candidate]) => JSON.stringify(property(candidate, "Target", "Arn")) === arn,
    );
    const { Parameters, Conditions } = stack.template.toJSON() as Record<string, Record<string, object>>;
    expect(Parameters).toMatchObject({
      RunSchedule: { Default: "rate(1 day)" },
      StandingPredictionsKey: { Default: "" },
    });
    const condition = (schedule as { readonly Condition?: string } | undefined)?.Condition ?? "";
    expect(Conditions?.[condition]).toEqual({ "Fn::Not": [{ "Fn::Equals": [{ Ref: "StandingPredictionsKey" }, ""] }] });
    expect(schedule?.Properties).toMatchObject({
      ScheduleExpression: { Ref: "RunSchedule" },
      ScheduleExpressionTimezone: "Etc/UTC",
      Target: { RetryPolicy: { MaximumRetryAttempts: 8, MaximumEventAgeInSeconds: 21_600 } },
    });
    expect(JSON.stringify(property(schedule, "Target", "Input"))).toMatch(
      /standing.*bucket.*"Ref":"Storage.*key.*"Ref":"StandingPredictionsKey".*scheduled_time.*<aws\.scheduler\.scheduled-time>/u,
    );
  });

  test.each([
    ["RunSchedule", ["rate(1 day)", "cron(0 6 ? * MON-FRI *)"], ["", "daily", "at(2026-11-23T06:00:00)", "rate()"]],
    [
      "StandingPredictionsKey",
      ["", "standing/nightly/predictions.jsonl"],
      [
        "standing/predictions.jsonl",
        "inbox/nightly/predictions.jsonl",
        "standing/a/b/predictions.jsonl",
        'standing/"/predictions.jsonl',
      ],
    ],
  ])("take of %s %j, and not %j", (name, taken, refused) => {
    const { Parameters } = stack.template.toJSON() as { Parameters: Record<string, { AllowedPattern: string }> };
    const pattern = new RegExp(Parameters[name]?.AllowedPattern ?? "", "u");
    expect(taken.filter((value) => !pattern.test(value))).toEqual([]);
    expect(refused.filter((value) => pattern.test(value))).toEqual([]);
  });

  test("let sweep-inbox list and read the inbox alone, start runs, and write nothing", () => {
    const statements = statementsOf("sweep-inbox");
    const onBucket = statements.filter(({ Action }) => JSON.stringify(Action).includes("s3:"));
    expect(onBucket).toMatchObject([
      { Action: "s3:GetObject", Resource: { "Fn::Join": ["", [expect.anything(), "/inbox/*"]] } },
      { Action: "s3:ListBucket", Condition: { StringLikeIfExists: { "s3:prefix": ["inbox/*"] } } },
    ]);
    expect(statements.filter(({ Action }) => Action === "states:StartExecution")).toHaveLength(1);
    expect(JSON.stringify(statements)).not.toMatch(/s3:Put|dynamodb:(Put|Update|Delete|BatchWrite)/u);
  });

  test("let watch-agents use the table alone, and set aside what it fails on", () => {
    expect(JSON.stringify(statementsOf("watch-agents"))).toContain("dynamodb:DeleteItem");
    expect(JSON.stringify(statementsOf("watch-agents"))).not.toMatch(/"(s3|states|lambda):|"sqs:(?!SendMessage")/u);
  });
});
