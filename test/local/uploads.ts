/** What S3 tells of an upload into the inbox. */
export const upload = {
  bucket: "a-bucket",
  key: "inbox/demo/predictions.jsonl",
  size: 4,
  etag: "e1",
  sequencer: "1",
  reason: "PutObject",
  region: "us-east-1",
  account: "000000000000",
  time: new Date("2026-01-01T12:00:00Z"),
  id: "11111111-1111-4111-8111-111111111111",
} as const;
