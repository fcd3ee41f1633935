import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { AgentCaller, AgentOutcome } from "../domain/agent-request.ts";
import type { AgentCall, AgentKind, EndpointOf, KindCaller, SecretSource, Sleep } from "./agent-call.ts";
import { createHttpCaller } from "./http.ts";
import { createLambdaCaller } from "./lambda.ts";
import { createSimulatedCaller } from "./simulated.ts";

/** What calling agents needs from outside. */
export interface AgentDependencies {
  readonly sleep: Sleep;
  readonly secrets: SecretSource;
  /** Made with `maxAttempts: 1`. */
  readonly lambda: LambdaClient;
  readonly allowLoopback: boolean;
}

/** One entry for each kind: a kind without one does not compile. */
type KindCallers = { readonly [Kind in AgentKind]: KindCaller<Kind> };

/** Calls any agent of a fleet by the kind of its endpoint. */
export const createAgentCaller = (dependencies: AgentDependencies): AgentCaller => {
  const callers: KindCallers = {
    simulated: createSimulatedCaller(dependencies),
    http: createHttpCaller(dependencies),
    lambda: createLambdaCaller(dependencies),
  };
  const dispatch = <Kind extends AgentKind>(
    kind: Kind,
    endpoint: EndpointOf<Kind>,
    call: AgentCall,
  ): Promise<AgentOutcome> => callers[kind](endpoint, call);
  return (agent, request, context) => dispatch(agent.endpoint.kind, agent.endpoint, { agent, request, context });
};
