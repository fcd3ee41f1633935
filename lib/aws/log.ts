import { Logger } from "@aws-lambda-powertools/logger";

import type { Log } from "../domain/ports.ts";

const logger = new Logger({ serviceName: "phase21" });

/**
 * Structured logs. Ids are fields of each line and never keys of the logger: where one process serves many invocations at once,
 * keys of one would appear in the lines of another.
 */
export const log: Log = {
  debug: (message, fields = {}) => logger.debug(message, fields),
  info: (message, fields = {}) => logger.info(message, fields),
  warn: (message, fields = {}) => logger.warn(message, fields),
};
