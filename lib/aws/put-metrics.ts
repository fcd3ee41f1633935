import { Metrics } from "@aws-lambda-powertools/metrics";

import { METRICS_NAMESPACE } from "../domain/function-environment.ts";
import type { PutMetrics } from "../domain/ports.ts";

/**
 * Writes metrics in CloudWatch's embedded format, one line a call. A logger of its own for every call, because invocations that
 * share a process would mix their dimensions. Each distinct set of dimensions is a billed metric: stage and strategy only.
 */
export const createPutMetrics =
  (stage: string): PutMetrics =>
  (metrics, { strategy }, properties) => {
    const emf = new Metrics({ namespace: METRICS_NAMESPACE, serviceName: "phase21" });
    emf.clearDefaultDimensions();
    emf.addDimensions({ stage, strategy });
    for (const [name, value] of Object.entries(properties)) emf.addMetadata(name, String(value));
    for (const { name, unit, value } of metrics) emf.addMetric(name, unit, value);
    emf.publishStoredMetrics();
  };
