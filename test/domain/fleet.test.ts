import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../lib/domain/errors.ts";
import { defaultFleet, parseFleet } from "../../lib/domain/fleet.ts";
import type { JsonObject, JsonValue } from "../../lib/domain/json.ts";

const simulated = { kind: "simulated", bias: 0, transient_rate: 0.08, latency_ms: 0, hang_rate: 0, crash_rate: 0 };

const perfect: JsonObject = {
  id: "agent_0",
  capabilities: ["gpu"],
  capacity: 4,
  confidence: 0.7,
  rate_limit_per_second: 2,
  endpoint: { kind: "http", url: "https://agents.example/0", secret_name: "agents/0", secret_header: "x-api-key" },
};

const parse = (...agents: readonly JsonValue[]) => parseFleet(JSON.stringify({ agents }));

const withEndpoint = (endpoint: JsonValue): JsonObject => ({ ...perfect, endpoint });

const refusal = (reason: string): InvalidInputError => new InvalidInputError(`agents.json: ${reason}`);

describe("parseFleet", () => {
  it("takes an agent that gives every field", () => {
    expect(parseFleet(JSON.stringify({ fleet: "night", agents: [perfect] }))).toEqual({
      fleet: "night",
      agents: [perfect],
    });
  });

  it("fills in the defaults", () => {
    expect(parse({ id: "a" })).toEqual({
      fleet: "default",
      agents: [{ id: "a", capabilities: [], capacity: 10, confidence: 0.85, endpoint: simulated }],
    });
  });

  it("fills in the defaults of a simulated endpoint", () => {
    expect(parse(withEndpoint({ kind: "simulated", bias: -0.5 })).agents[0]?.endpoint).toEqual({
      ...simulated,
      bias: -0.5,
    });
  });

  it("takes a Lambda by name", () => {
    const endpoint = { kind: "lambda", function_name: "my-agent" };
    expect(parse(withEndpoint(endpoint)).agents[0]?.endpoint).toEqual(endpoint);
  });

  it("sorts agents by id in code unit order", () => {
    expect(parse({ id: "b" }, { id: "B" }, { id: "a10" }, { id: "a2" }).agents.map(({ id }) => id)).toEqual([
      "B",
      "a10",
      "a2",
      "b",
    ]);
  });

  it.each([
    "https://agents.example/run?x=1",
    "http://localhost:8080/",
    "http://127.0.0.1:8080/",
    "http://127.9.9.9/",
    "http://[::1]:3000/",
  ])("takes the URL %s", (url) => {
    expect(() => parse(withEndpoint({ kind: "http", url }))).not.toThrow();
  });

  it.each([
    "http://agents.example/",
    "http://localhost.agents.example/",
    "http://10.0.0.1/",
    "https://user:secret@agents.example/",
    "https://user@agents.example/",
    "https://:secret@agents.example/",
    "ftp://localhost/",
    "agents.example",
    "",
  ])("refuses the URL %j", (url) => {
    expect(() => parse({ id: "a" }, { id: "b" }, { ...withEndpoint({ kind: "http", url }), id: "c" })).toThrow(
      refusal(
        "agents[2].endpoint.url: expected an https URL, or http on a loopback address, without user and password, " +
          `received "${url}"`,
      ),
    );
  });

  it.each<[string, JsonValue, string]>([
    ["id", "agent 0", '1 to 128 characters of A-Z a-z 0-9 . _ : -, received "agent 0"'],
    ["capabilities", "gpu", 'an array of strings of 1 to 128 characters, received "gpu"'],
    ["capacity", 0, "a number above 0, received 0"],
    ["confidence", 1.5, "a number from 0 to 1, received 1.5"],
    ["rate_limit_per_second", 0, "a number above 0, received 0"],
    ["endpoint", "http", 'an object, received "http"'],
  ])("refuses %s %j", (field, value, rest) => {
    expect(() => parse({ ...perfect, [field]: value })).toThrow(refusal(`agents[0].${field}: expected ${rest}`));
  });

  it.each<[JsonObject, string]>([
    [{ kind: "grpc" }, 'kind: expected one of simulated, http, lambda, received "grpc"'],
    [{}, "kind: expected one of simulated, http, lambda, received nothing"],
    [{ kind: "simulated", bias: 2 }, "bias: expected a number from -1 to 1, received 2"],
    [{ kind: "simulated", transient_rate: 2 }, "transient_rate: expected a number from 0 to 1, received 2"],
    [{ kind: "simulated", latency_ms: -1 }, "latency_ms: expected a number from 0, received -1"],
    [
      { kind: "simulated", latency_ms: 1e17 },
      "latency_ms: expected a number from 0 to 1000000000000, received 100000000000000000",
    ],
    [{ kind: "simulated", hang_rate: "x" }, 'hang_rate: expected a number from 0 to 1, received "x"'],
    [{ kind: "simulated", crash_rate: null }, "crash_rate: expected a number from 0 to 1, received null"],
    [{ kind: "lambda" }, "function_name: expected a string of 1 to 256 characters, received nothing"],
    [
      { kind: "http", url: "https://a.example", secret_header: "x api key" },
      'secret_header: expected the name of an HTTP header, received "x api key"',
    ],
  ])("refuses the endpoint %j", (endpoint, reason) => {
    expect(() => parse(withEndpoint(endpoint))).toThrow(refusal(`agents[0].endpoint.${reason}`));
  });

  it("refuses an unknown key, which may be a limit that was misspelt", () => {
    expect(() => parse({ ...perfect, rate_limit_per_seconds: 1 })).toThrow(
      refusal(
        'agents[0]: expected no unknown key, received "rate_limit_per_seconds" (did you mean "rate_limit_per_second"?)',
      ),
    );
  });

  it("refuses an id that another agent has", () => {
    expect(() => parse({ id: "a" }, { id: "b" }, { id: "a" })).toThrow(
      refusal('agents[2].id: expected an id of its own, received "a"'),
    );
  });

  it.each([
    ["no agents", 0, "[]"],
    ["more agents than a fleet may have", 10_001, "an array of 10001"],
  ])("refuses %s", (_title, count, received) => {
    expect(() => parse(...Array.from({ length: count }, (_, index) => ({ id: `agent_${index}` })))).toThrow(
      refusal(`agents: expected an array of 1 to 10000 agents, received ${received}`),
    );
  });

  it("names the file that the caller names", () => {
    expect(() => parseFleet("{}", "fleet.json")).toThrow(
      new InvalidInputError("fleet.json: agents: expected an array of 1 to 10000 agents, received nothing"),
    );
  });
});

describe("defaultFleet", () => {
  it("has four simulated agents", () => {
    const capabilities = ["code", "docs", "research", "review", "test"];
    const agents = ["agent_0", "agent_1", "agent_2", "agent_3"].map((id) => ({ id, capabilities }));
    expect(defaultFleet).toEqual(parse(...agents));
  });
});
