import { stepDependencies } from "../lib/aws/dependencies.ts";
import { writeReport, type WriteReportInput, type WriteReportPorts } from "../lib/steps/write-report.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Puts the files of a finished run together. */
export const createHandler = (ports: WriteReportPorts) =>
  withMiddleware((input: WriteReportInput) => writeReport(input, ports));

export const handler = createHandler(stepDependencies());
