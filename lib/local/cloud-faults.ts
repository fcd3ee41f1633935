import type { CloudEndpoints } from "./clients.ts";
import type { KillPlan } from "./lambda-runtime.ts";

/** What a test lets go wrong for a cloud's functions and its state machine, though not for the clients that the cloud hands out. */
export interface CloudFaults {
  /** Gives the endpoint that is called in place of a service's own. */
  readonly interpose: (service: keyof CloudEndpoints, endpoint: string) => Promise<string>;
  readonly kill: KillPlan;
  /** Delivers an event of S3, once or more often, when it likes. */
  readonly deliver: (put: () => Promise<void>) => void;
}

/** The endpoints that functions and state machine call: the services' own where nothing is to go wrong. */
export const interposeFaults = async (endpoints: CloudEndpoints, faults?: CloudFaults): Promise<CloudEndpoints> =>
  faults === undefined
    ? endpoints
    : {
        s3: await faults.interpose("s3", endpoints.s3),
        sqs: await faults.interpose("sqs", endpoints.sqs),
        dynamodb: await faults.interpose("dynamodb", endpoints.dynamodb),
        gateway: await faults.interpose("gateway", endpoints.gateway),
      };
