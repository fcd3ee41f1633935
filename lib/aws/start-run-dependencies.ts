import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";

import { log } from "./log.ts";
import { requireVariable } from "./require-variable.ts";

/** What start-run works with; apart from the other steps, because its bundle needs none of their clients. */
export const startRunDependencies = () => {
  const client = new SFNClient();
  const stateMachineArn = requireVariable("STATE_MACHINE_ARN");
  return {
    log,
    startExecution: async (name: string, input: unknown): Promise<boolean> => {
      try {
        await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
        return true;
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) return false;
        throw error;
      }
    },
  };
};
