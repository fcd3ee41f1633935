import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createFunctionLogs, type EmbeddedStack, withEmbeddedStack } from "../../../lib/cli/embedded.ts";
import { followRun } from "../../../lib/cli/follow-run.ts";
import { createKnownRuns } from "../../../lib/cli/page/known-runs.ts";
import { type PageServer, startPage } from "../../../lib/cli/page/page-server.ts";
import { parseFleet } from "../../../lib/domain/fleet.ts";

const ending = new AbortController();
const begun: string[] = [];
const said: string[] = [];
const known = createKnownRuns();
const home = process.cwd();
let folder: string;
let stack: EmbeddedStack;
let page: PageServer;
let served: Promise<unknown>;

const hostile = `<script>alert("1")</script>`;
const lines = [
  { task_id: "good", success_rate: 1 },
  { task_id: "lost", depends_on: ["nobody"], payload: { text: hostile } },
  { task_id: hostile },
];
const file = lines.map((line) => `${JSON.stringify(line)}\n`).join("");

const open = async (options: { port?: number; maxUploadBytes?: number } = {}) => {
  const opened = await startPage({ say: (line) => said.push(line), pollMs: 20, ...options });
  await opened.show({ stack, known, fleet: "mine" });
  return opened;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "phase21-page-"));
  process.chdir(folder);
  const isUp = Promise.withResolvers<void>();
  const options = {
    timeScale: 0.001,
    logs: createFunctionLogs(),
    signal: ending.signal,
    onExecution: (runId: string) => {
      begun.push(runId);
      known.add(runId);
    },
  };
  served = withEmbeddedStack(options, async (up, signal) => {
    stack = up;
    const agent = { id: "one", endpoint: { kind: "simulated", transient_rate: 0 } };
    await stack.fleet.apply(parseFleet(JSON.stringify({ fleet: "mine", agents: [agent] })));
    page = await open({ port: 0, maxUploadBytes: 1024 * 1024 });
    isUp.resolve();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await page.close();
  });
  await Promise.race([served, isUp.promise]);
}, 90_000);

afterAll(async () => {
  ending.abort();
  await served;
  process.chdir(home);
  await rm(folder, { recursive: true });
});

const upload = (name: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${page.url}/runs`, {
    method: "POST",
    body,
    headers: { origin: page.url, "x-phase21": "page", "x-file-name": encodeURIComponent(name), ...headers },
  });

/** The status and text of a request as it is written, which fetch would put right first. */
const ask = (path: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(page.url);
    const request = httpRequest({ host: "127.0.0.1", port, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    request.on("error", reject).end();
  });

/** Uploads the file, waits for the end of its run, and gives its id. */
const runFile = async (): Promise<string> => {
  const { run_id: runId } = (await (await upload("my <tasks>.jsonl", file)).json()) as { run_id: string };
  await followRun(stack, runId, { planned: () => {}, waveScored: () => {} }, ending.signal);
  return runId;
};

describe("the page", () => {
  test("starts one run of a file, however often and at the same time it is sent", { timeout: 60_000 }, async () => {
    const answers = await Promise.all([upload("twice.jsonl", file), upload("twice.jsonl", file)]);
    const ids = (await Promise.all(answers.map((answer) => answer.json()))) as { run_id: string }[];
    expect(new Set(ids.map(({ run_id }) => run_id)).size).toBe(1);
    const runId = ids[0]?.run_id ?? "";
    await followRun(stack, runId, { planned: () => {}, waveScored: () => {} }, ending.signal);
    const again = await upload("twice.jsonl", file);
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ run_id: runId, is_new: false });
    expect(begun.filter((id) => id.startsWith("twice-"))).toEqual([runId]);
  });

  test.each([
    ["a file that is no .jsonl", "tasks.csv", "a\n", 415, "expected a .jsonl file"],
    ["a name that is only a folder", "../.jsonl", "a\n", 415, "expected a .jsonl file"],
    ["an empty file", "empty.jsonl", "", 400, "empty"],
    ["a file that is too large", "large.jsonl", "x".repeat(1024 * 1024 + 1), 413, "1 MiB at the most"],
  ])("refuses %s, with the reason", async (_, name, body, status, reason) => {
    const answer = await upload(name, body);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { error: string }).error).toContain(reason);
  });

  test("refuses a file that turns out to be too large", async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(256 * 1024)),
    });
    const init = { method: "POST", body, duplex: "half" as const };
    const headers = { origin: page.url, "x-phase21": "page", "x-file-name": "endless.jsonl" };
    const answer = await fetch(`${page.url}/runs`, { ...init, headers }).catch(() => undefined);
    expect([413, undefined]).toContain(answer?.status);
    expect(begun.filter((id) => id.startsWith("endless"))).toEqual([]);
  });

  test("refuses a name that is not encoded", async () => {
    expect((await upload("", "a\n", { "x-file-name": "%E0%A4%A" })).status).toBe(400);
  });

  test("shows a run, its tasks and its agent, with all that came from input as text", { timeout: 60_000 }, async () => {
    const runId = await runFile();
    for (const path of ["/", `/runs/${runId}`, `/runs/${runId}/agent?id=one`, `/runs/${runId}/task?id=good`]) {
      const { status, text } = await ask(path);
      expect(status).toBe(200);
      expect(text).toContain(runId);
      expect(text).not.toContain("<script>");
    }
    const run = (await ask(`/runs/${runId}`)).text;
    expect(run).toContain("&lt;script&gt;alert(");
    expect(run).toContain(`href="/runs/${runId}/task?id=lost"`);
    const story = (await ask(`/runs/${runId}/task?id=lost`)).text;
    expect(story).toContain("lost BLOCKED because it depends on what is not in the run: ");
    expect((await ask(`/runs/${runId}/task?id=good`)).text).toContain("good COMPLETED at its first attempt, on one");
    expect((await ask(`/runs/${runId}/health.svg?theme=dark&width=narrow`)).text).toMatch(/^<svg/u);
  });

  test("shows the report of a run where there is one, in a sandbox", { timeout: 60_000 }, async () => {
    const runId = await runFile();
    expect((await ask(`/runs/${runId}/report`)).status).toBe(404);
    await mkdir(join("out", runId), { recursive: true });
    await writeFile(join("out", runId, "execution_report.html"), "<p>report</p>");
    const report = await fetch(`${page.url}/runs/${runId}/report`);
    expect(await report.text()).toBe("<p>report</p>");
    expect(report.headers.get("content-security-policy")).toContain("sandbox");
    expect((await ask(`/runs/${runId}`)).text).toContain("Open the report");
  });

  test.each([
    "/nothing",
    "/runs/no-such-run",
    "/runs/no-such-run/task?id=x",
    "/runs/no-such-run/health.svg",
    "/runs/../../etc/passwd",
    "/runs/%2e%2e%2fetc/report",
    "/assets/../page-server.ts",
    "/assets/constructor",
    "/assets/page.ts",
  ])("has nothing at %s", async (path) => {
    expect((await ask(path)).status).toBe(404);
  });

  test("answers only for this machine's own name, and lets nothing in from elsewhere", async () => {
    expect((await ask("/", { host: "evil.example" })).status).toBe(421);
    expect((await ask("/", { origin: "http://evil.example" })).status).toBe(403);
    expect((await upload("x.jsonl", file, { origin: "http://evil.example" })).status).toBe(403);
    const answer = await fetch(page.url);
    expect(answer.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/u);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    expect((await fetch(`${page.url}/assets/page.js`)).headers.get("content-type")).toMatch(/^text\/javascript/u);
    const post = { method: "POST", headers: { origin: page.url, "x-phase21": "page" } };
    expect((await fetch(`${page.url}/elsewhere`, post)).status).toBe(405);
  });

  test("sends what a page shows as an event", async () => {
    const answer = await fetch(`${page.url}/events?of=%2F&since=`);
    expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/u);
    let text = "";
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (text.endsWith("\n\n") && text.includes("event: change")) break;
    }
    expect(text).toMatch(
      /^retry: 2000\n\nid: \S+\nevent: change\ndata: \{"parts":\{"head":.*"values":\{\},"isOver":false\}\n\n$/u,
    );
  });

  test("sends nothing to who shows already what there is", async () => {
    const [, events = ""] = /data-events="([^"]+)"/u.exec((await ask("/")).text) ?? [];
    const leaving = new AbortController();
    const answer = await fetch(`${page.url}${events.replaceAll("&amp;", "&")}`, { signal: leaving.signal });
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("retry: 2000\n\n");
    const more = reader?.read().catch(() => undefined);
    // Whoever shows nothing is told by the same look that has nothing to tell to the first.
    const other = await fetch(`${page.url}/events?of=%2F&since=`, { signal: leaving.signal });
    for await (const chunk of other.body ?? []) if (Buffer.from(chunk as Uint8Array).includes("event: change")) break;
    leaving.abort();
    expect(await more).toBeUndefined();
  });

  test("keeps who asks early waiting until there is a cloud to show", async () => {
    const early = await startPage({ port: 0, say: (line) => said.push(line) });
    const answer = fetch(early.url);
    await early.show({ stack, known, fleet: "mine" });
    expect((await answer).status).toBe(200);
    await early.close();
  });

  test("listens to a bounded number of clients", async () => {
    const clients: AbortController[] = [];
    let status = 200;
    while (status === 200 && clients.length < 100) {
      const client = new AbortController();
      clients.push(client);
      ({ status } = await fetch(`${page.url}/events?of=%2F`, { signal: client.signal }));
    }
    expect(status).toBe(503);
    for (const client of clients) client.abort();
  });

  test("takes another port than the usual one where that is taken, but not than the one that was asked for", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    await expect(open({ port })).rejects.toMatchObject({
      name: "UsageError",
      message: `--port ${port}: expected a port that can be listened on, but it is taken`,
    });
    taken.close();
    const pages = [await open(), await open()];
    expect(said.join("\n")).toContain("port 2121: it is taken; the page takes a free one");
    for (const one of pages) await one.close();
  });
});
