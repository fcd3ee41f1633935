import type { Agent, Endpoint } from "../domain/agent.ts";
import type { AgentOutcome, AgentRequest, CallContext } from "../domain/agent-request.ts";

/** The kinds of agents that can be called. */
export type AgentKind = Endpoint["kind"];

/** The endpoint of one kind of agent. */
export type EndpointOf<Kind extends AgentKind> = Extract<Endpoint, { readonly kind: Kind }>;

/** One attempt, as every kind of agent gets it. */
export interface AgentCall {
  readonly agent: Agent;
  readonly request: AgentRequest;
  readonly context: CallContext;
}

/** Makes attempts on agents of one kind. */
export type KindCaller<Kind extends AgentKind> = (endpoint: EndpointOf<Kind>, call: AgentCall) => Promise<AgentOutcome>;

/** Waits for as many milliseconds; a port, so that tests need not. */
export type Sleep = (ms: number) => Promise<void>;

/** Where the secrets of agents are read by name. */
export interface SecretSource {
  get(name: string): Promise<string>;
}

/** Aborts when the attempt's time is up; rounded up, since timers take whole milliseconds and limits may be fractions. */
export const startTimeLimit = ({ timeoutMs }: CallContext): AbortSignal =>
  AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs)));
