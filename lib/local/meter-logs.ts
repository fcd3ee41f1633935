import type { LambdaError } from "./lambda-host.ts";

/** CloudWatch Logs adds so many bytes to each event. */
const eventBytes = 26;

const time = '{"time":"2026-01-01T00:00:00.000Z"';
const requestId = '"requestId":"00000000-0000-0000-0000-000000000000"';
const tracing =
  '"tracing":{"spanId":"0000000000000000","type":"X-Amzn-Trace-Id","value":"Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"}';

/** Lines of the length of those that Lambda writes with the log format JSON, by the event that each tells of. */
const platformLines = {
  start: `${time},"type":"platform.start","record":{${requestId},"version":"$LATEST",${tracing}}}`,
  runtimeDone: `${time},"type":"platform.runtimeDone","record":{${requestId},"status":"error","errorType":"Error",${tracing},"metrics":{"durationMs":100.000,"producedBytes":0}}}`,
  report: `${time},"type":"platform.report","record":{${requestId},"metrics":{"durationMs":100.000,"billedDurationMs":100,"memorySizeMB":1024,"maxMemoryUsedMB":100},${tracing},"status":"success"}}`,
} as const;

const thrownError = '{"timestamp":"2026-01-01T00:00:00.000Z","level":"ERROR",' + requestId + ',"message":}';

/** What CloudWatch Logs bills for a line. */
export const lineBytes = (line: string): number => Buffer.byteLength(line) + eventBytes;

/** How much Lambda says of each invocation of a function: at WARN, only of those that fail. */
export type SystemLogLevel = "DEBUG" | "INFO" | "WARN";

/**
 * What CloudWatch Logs bills for the lines that Lambda itself adds to an invocation. The error that a failed one threw is logged with its
 * stack, as it would be on AWS, where bundles lie in /var/task.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
export const platformBytes = (level: SystemLogLevel, bundleDirectory: string, error?: LambdaError): number => {
  const { start, runtimeDone, report } = platformLines;
  const always = level === "WARN" ? 0 : lineBytes(start);
  if (error === undefined) {
    return always + (level === "WARN" ? 0 : lineBytes(report)) + (level === "DEBUG" ? lineBytes(runtimeDone) : 0);
  }
  const { errorType, errorMessage, trace } = error;
  const thrown = JSON.stringify({ errorType, errorMessage, stackTrace: trace }).replaceAll(
    bundleDirectory,
    "/var/task",
  );
  return always + lineBytes(runtimeDone) + lineBytes(report) + lineBytes(thrownError + thrown);
};
