import { Stack, Validations } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { CfnBucket } from "aws-cdk-lib/aws-s3";

import type { FunctionName } from "../domain/function-environment.ts";
import type { Storage } from "./storage.ts";

type TableAction = "GetItem" | "Query" | "PutItem" | "UpdateItem" | "DeleteItem" | "BatchWriteItem";

/** What a function does to the table and to the objects of the bucket; a test holds it against the calls that it makes. */
interface Access {
  readonly table: readonly TableAction[];
  /** Keys of objects that it reads, as patterns. */
  readonly read?: readonly string[];
  /** Keys of which it reads a certain version, so that predictions do not change while they are read. */
  readonly readVersion?: readonly string[];
  /** Keys of objects that it writes. */
  readonly write?: readonly string[];
  /** Keys of objects that it writes in parts where they are large. */
  readonly writeInParts?: readonly string[];
  /** Keys that it lists, or reads where it is no error that there is nothing. */
  readonly look?: readonly string[];
}

const runs = ["runs/*"];
const inputs = ["inbox/*", "standing/*"];

/** The access of each function. */
const functionAccess: Readonly<Record<FunctionName, Access>> = {
  "start-run": { table: [] },
  "plan-waves": {
    table: ["Query", "PutItem", "UpdateItem"],
    read: inputs,
    readVersion: ["inbox/*"],
    writeInParts: runs,
    look: inputs,
  },
  "assign-wave": {
    table: ["GetItem", "Query", "PutItem", "BatchWriteItem"],
    read: runs,
    writeInParts: runs,
    look: runs,
  },
  "execute-task": {
    table: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"],
    write: ["runs/*/outputs/*"],
  },
  "publish-signals": { table: ["GetItem", "Query"], read: runs, writeInParts: runs },
  "score-wave": { table: ["GetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"], read: runs },
  "write-report": {
    table: ["GetItem", "Query", "UpdateItem", "DeleteItem", "BatchWriteItem"],
    read: runs,
    writeInParts: runs,
    look: runs,
  },
  "watch-agents": { table: ["GetItem", "Query", "DeleteItem"] },
  "sweep-inbox": { table: ["GetItem"], read: ["inbox/*"], look: ["inbox/*"] },
};

/** Grants a function what {@link functionAccess} says, and nothing else. */
export const grantAccess = (fn: IFunction, name: FunctionName, { bucket, table }: Storage): void => {
  const { table: tableActions, read, readVersion, write = [], writeInParts = [], look = [] } = functionAccess[name];
  const allow = (actions: string[], resources: string[], conditions: Record<string, unknown> = {}): void => {
    if (actions.length === 0 || resources.length === 0) return;
    fn.addToRolePolicy(new PolicyStatement({ actions, resources, conditions }));
  };
  const objects = (keys: readonly string[] = []) => keys.map((key) => bucket.arnForObjects(key));
  allow(
    tableActions.map((action) => `dynamodb:${action}`),
    [table.tableArn],
  );
  allow(["s3:GetObject"], objects(read));
  allow(["s3:GetObjectVersion"], objects(readVersion));
  allow(["s3:PutObject"], objects([...write, ...writeInParts]));
  allow(["s3:AbortMultipartUpload"], objects(writeInParts));
  // Who may not list is told "access denied" of an object that is not there. AWS does not say whether that check names a prefix, so the
  // condition binds only where there is one; a listing without a prefix, which nothing of ours makes, is the price.
  const conditions = { StringLikeIfExists: { "s3:prefix": look } };
  allow(["s3:ListBucket"], look.length === 0 ? [] : [bucket.bucketArn], conditions);
  const keys = new Set([...(read ?? []), ...write, ...writeInParts]);
  acknowledgeKeys(fn, [...keys], bucket.node.defaultChild as CfnBucket);
};

const acknowledgeKeys = (fn: IFunction, keys: readonly string[], bucket: CfnBucket): void => {
  const { role } = fn;
  if (role === undefined) return;
  const bucketId = Stack.of(fn).getLogicalId(bucket);
  Validations.of(role).acknowledge(
    ...keys.map((key) => ({
      id: `AwsSolutions-IAM5[Resource::<${bucketId}.Arn>/${key}]`,
      reason: "Keys hold names that users choose and ids of runs, which are not known when the stack is deployed.",
    })),
  );
};
