import { type AgentState, viewAgent } from "../domain/agent.ts";

/** A table of agents, a line each. */
export const renderFleet = (agents: readonly AgentState[]): string => {
  const rows = agents.map((agent) => [
    agent.id,
    viewAgent(agent).status,
    agent.endpoint.kind,
    String(agent.capacity),
    agent.confidence.toFixed(2),
    agent.capabilities.join(" ") || "-",
  ]);
  const table = [["agent", "status", "kind", "capacity", "confidence", "capabilities"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? "").length)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
};
