import { watchAgentsDependencies } from "../lib/aws/watch-agents-dependencies.ts";
import { watchAgents, type WatchAgentsPorts } from "../lib/steps/watch-agents.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Frees what lost its owner and reports who is stuck; a schedule calls it every minute, and its event says nothing. */
export const createHandler = (ports: WatchAgentsPorts) => withMiddleware((_event: unknown) => watchAgents(ports));

export const handler = createHandler(watchAgentsDependencies());
