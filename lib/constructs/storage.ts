import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { BlockPublicAccess, Bucket, BucketEncryption, type CfnBucket, type IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

import { type StageName, stages } from "./stages.ts";

/** How long who asked the bucket for what is kept. */
const ACCESS_LOG_DAYS = 90;

/** How long a version of an object is kept that another one has replaced, or that was deleted. */
const REPLACED_DAYS = 30;

/** Where a run keeps what it is given and what it made: one bucket, one table. */
export class Storage extends Construct {
  readonly bucket: IBucket;
  readonly table: Table;

  constructor(scope: Construct, id: string, stage: StageName) {
    super(scope, id);
    const { removalPolicy, runDays } = stages[stage];
    const closed = {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy,
    };
    const accessLogs = new Bucket(this, "AccessLogs", {
      ...closed,
      lifecycleRules: [{ expiration: Duration.days(ACCESS_LOG_DAYS) }],
    });
    Validations.of(accessLogs).acknowledge({
      id: "AwsSolutions-S1",
      reason: "It holds the access logs of the other bucket; logging its own accesses would make a log of every log.",
    });
    // "as IBucket": CDK's own types do not agree with each other under exactOptionalPropertyTypes.
    const bucket = new Bucket(this, "Bucket", {
      ...closed,
      versioned: true,
      serverAccessLogsBucket: accessLogs as IBucket,
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          noncurrentVersionExpiration: Duration.days(REPLACED_DAYS),
        },
        { prefix: "runs/", expiration: Duration.days(runDays) },
      ],
    });
    // `eventBridgeEnabled` of the L2 bucket adds a custom resource with a Python function; the property itself does not.
    (bucket.node.defaultChild as CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    this.bucket = bucket as IBucket;
    this.table = new Table(this, "Table", {
      partitionKey: { name: "pk", type: AttributeType.STRING },
      sortKey: { name: "sk", type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "expires_at",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.AWS_MANAGED,
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
  }
}
