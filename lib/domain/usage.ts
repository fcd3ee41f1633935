/** What AWS would bill for, counted: quantities only, in the units of its price list, with no free tier taken off. */
export interface Usage {
  /** State transitions of Standard executions: each entry into a state, each retry, each start, and each child of a Distributed Map. */
  readonly standardTransitions: number;
  /** Express executions, which the children of a Distributed Map are. */
  readonly expressRequests: number;
  /** Duration × memory of Express executions: GB-seconds, memory in chunks of 64 MB, durations rounded up to 100 ms. */
  readonly expressGbSeconds: number;
  /** Invocations of functions. */
  readonly lambdaRequests: number;
  /** Duration × configured memory of invocations on arm64: GB-seconds, durations rounded up to 1 ms. */
  readonly lambdaGbSeconds: number;
  /** Write request units of tables on demand: 1 KB of an item each; one that a condition refused counts, too. */
  readonly dynamodbWriteUnits: number;
  /** Read request units of tables on demand: 4 KB each, half of one where the read is eventually consistent. */
  readonly dynamodbReadUnits: number;
  /** Requests of any kind to standard queues: 64 KB of payload each. */
  readonly sqsRequests: number;
  /** PUT, COPY, POST and LIST requests to S3, each part of an upload among them; deletions are free. */
  readonly s3Puts: number;
  /** GET and HEAD requests to S3. */
  readonly s3Gets: number;
  /** Bytes that CloudWatch Logs takes in: the functions' own lines, metrics (EMF) among them, and those that Lambda itself writes. */
  readonly logBytes: number;
  /** Events that S3 gives EventBridge, of 64 KB each: one for each object that is made or deleted. */
  readonly eventBridgeEvents: number;
}

/** No usage at all. */
export const emptyUsage = (): Usage => ({
  standardTransitions: 0,
  expressRequests: 0,
  expressGbSeconds: 0,
  lambdaRequests: 0,
  lambdaGbSeconds: 0,
  dynamodbWriteUnits: 0,
  dynamodbReadUnits: 0,
  sqsRequests: 0,
  s3Puts: 0,
  s3Gets: 0,
  logBytes: 0,
  eventBridgeEvents: 0,
});

const combine = (a: Usage, b: Usage, join: (a: number, b: number) => number): Usage => {
  const fields = Object.keys(a) as (keyof Usage)[];
  return Object.fromEntries(fields.map((field) => [field, join(a[field], b[field])])) as unknown as Usage;
};

/** What both used together. */
export const addUsage = (a: Usage, b: Usage): Usage => combine(a, b, (one, other) => one + other);

/** What was used between two readings of the same meter. */
export const usageSince = (before: Usage, after: Usage): Usage => combine(after, before, (late, early) => late - early);
