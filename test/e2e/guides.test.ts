import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { describe, expect, onTestFinished, test } from "vitest";

import {
  type AgentAnswer,
  type AgentRequest,
  classifyAnswer,
  parseAgentAnswer,
} from "../../lib/domain/agent-request.ts";
import { aRequest } from "../agents/agent-calls.ts";
import { runToEnd, withStack } from "./run.ts";

const agentFile = (name: string): string => join(import.meta.dirname, "../../examples/agents", name);

const hasPython = spawnSync("python3", ["--version"]).status === 0;

const httpAgents = [
  { name: "the Node agent", command: [process.execPath, agentFile("http-agent.mjs"), "0"] },
  { name: "the Python agent", command: ["python3", agentFile("http-agent.py"), "0"] },
] as const;

const handlerServer = [process.execPath, agentFile("serve-handler.mjs"), agentFile("lambda-agent.mjs"), "0"];

/** Starts an agent as the guide does, on a free port, and gives its URL; it ends with the test. */
const startAgent = async (
  [program = "", ...args]: readonly string[],
  environment: Record<string, string> = {},
): Promise<string> => {
  const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(async () => {
    const ended = once(child, "exit");
    if (child.kill()) await ended;
  });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return line.replace("the agent listens on ", "");
};

/** Skips a test of the Python agent where there is no Python, and says so. */
const skipWithoutPython = (command: readonly string[], skip: (note: string) => void): void => {
  if (command[0] !== "python3" || hasPython) return;
  process.stderr.write("skipped: the Python agent was not tried, since no python3 is installed\n");
  skip("no python3 is installed");
};

const runTasks = async (url: string) => {
  const text = (await readFile(agentFile("node-fleet.json"), "utf8")).replace("http://127.0.0.1:4321", url);
  const agents = JSON.parse(text) as { readonly fleet: string };
  const predictions = await readFile(agentFile("tasks.jsonl"));
  return withStack(0.001, (stack) => runToEnd(stack, { predictions, agents, config: { fleet: agents.fleet } }));
};

const ask = async (url: string, request: AgentRequest, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
  return { status: response.status, answer: (await response.json()) as unknown };
};

const ends = {
  sentence: ["COMPLETED", 1],
  greeting: ["COMPLETED", 1],
  "busy-twice": ["COMPLETED", 3],
  "no-text": ["permanent", 1],
  picture: ["unassignable", 0],
  summary: ["COMPLETED", 1],
};

describe.each([...httpAgents, { name: "the Lambda agent behind HTTP", command: handlerServer }])(
  "$name of the guide",
  ({ command }) => {
    test("brings its tasks to the ends that the guide names", { timeout: 60_000 }, async ({ skip }) => {
      skipWithoutPython(command, skip);
      const { records } = await runTasks(await startAgent(command));
      expect(
        Object.fromEntries(
          records.map(({ task_id, status, reason, attempts }) => [task_id, [reason ?? status, attempts]]),
        ),
      ).toEqual(ends);
      expect(records.find(({ task_id }) => task_id === "sentence")?.output).toEqual({ words: 9 });
    });
  },
);

describe.each(httpAgents)("$name of the guide", ({ command }) => {
  test("answers a key that it has answered as before, and does no work for it", async ({ skip }) => {
    skipWithoutPython(command, skip);
    const url = await startAgent(command);
    const late = { deadline: "2099-01-01T00:00:00.000Z" };
    const first = await ask(url, aRequest({ ...late, payload: { text: "one two three" } }));
    expect(parseAgentAnswer(first.answer)).toMatchObject({ ok: true, answer: { success: true, output: { words: 3 } } });
    expect(await ask(url, aRequest({ ...late, payload: { text: "other words" } }))).toEqual(first);
  });

  test("lets an attempt that failed be made again", async ({ skip }) => {
    skipWithoutPython(command, skip);
    const url = await startAgent(command);
    const request = aRequest({ deadline: "2099-01-01T00:00:00.000Z", payload: { text: "one", busy_attempts: 1 } });
    const { answer } = await ask(url, request);
    expect(classifyAnswer(answer as AgentAnswer)).toEqual({ kind: "transient", error: "busy, ask again" });
    expect((await ask(url, { ...request, attempt: 2 })).answer).toMatchObject({ success: true });
  });

  test("says at once that it will not make the deadline", async ({ skip }) => {
    skipWithoutPython(command, skip);
    const url = await startAgent(command);
    const deadline = new Date(Date.now() + 20_000).toISOString();
    const { answer } = await ask(url, aRequest({ deadline, payload: { text: "one", work_ms: 3_600_000 } }));
    expect(answer).toMatchObject({ success: false, error: expect.stringContaining("do not fit") as string });
  });

  test("refuses who does not know its secret", async ({ skip }) => {
    skipWithoutPython(command, skip);
    const url = await startAgent(command, { AGENT_SECRET: "Bearer s3cret" });
    expect(await ask(url, aRequest())).toMatchObject({ status: 401 });
    expect(await ask(url, aRequest(), { authorization: "Bearer s3cret" })).toMatchObject({ status: 200 });
  });

  test("answers what is no JSON with 400, which is permanent", async ({ skip }) => {
    skipWithoutPython(command, skip);
    const response = await fetch(await startAgent(command), { method: "POST", body: "{oops" });
    expect(response.status).toBe(400);
  });
});

describe("the handler of the Lambda agent", () => {
  const invoke = async (request: AgentRequest): Promise<unknown> => {
    const { handler } = (await import(pathToFileURL(agentFile("lambda-agent.mjs")).href)) as {
      readonly handler: (event: AgentRequest) => Promise<unknown>;
    };
    return handler(request);
  };

  test("answers a request by the contract", async () => {
    expect(parseAgentAnswer(await invoke(aRequest({ payload: { text: "one two" } })))).toEqual({
      ok: true,
      answer: { success: true, output: { words: 2 }, cost_usd: 0.001 },
    });
  });

  test.each([
    ["permanent", { payload: null }, "payload.text: expected a string"],
    ["transient", { payload: { text: "one", busy_attempts: 1 }, attempt: 1 }, "busy, ask again"],
  ])("fails as %s where it should", async (kind, fields, error) => {
    expect(classifyAnswer((await invoke(aRequest(fields))) as AgentAnswer)).toEqual({ kind, error });
  });
});
