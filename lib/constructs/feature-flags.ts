/** What CDK does by default for the sake of old stacks, and not for this one; context of the app. */
export const featureFlags = {
  // Without it CDK drops `resultWriterV2` and says nothing.
  "@aws-cdk/aws-stepfunctions:useDistributedMapResultWriterV2": true,
  // Access logs are let into their bucket by its policy; the ACL that did so is off in buckets of today.
  "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": true,
} as const;
