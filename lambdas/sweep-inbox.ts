import { sweepInboxDependencies } from "../lib/aws/sweep-inbox-dependencies.ts";
import { sweepInbox, type SweepInboxPorts } from "../lib/steps/sweep-inbox.ts";
import { withMiddleware } from "./with-middleware.ts";

/** Starts the runs of uploads whose event was lost; a schedule calls it every five minutes, and its event says nothing. */
export const createHandler = (ports: SweepInboxPorts) => withMiddleware((_event: unknown) => sweepInbox(ports));

export const handler = createHandler(sweepInboxDependencies());
