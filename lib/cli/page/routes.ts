import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";

import type { StartedRun } from "../upload-folder.ts";
import type { EventStream } from "./event-stream.ts";
import { drawHealth } from "./health-chart.ts";
import { html } from "./html.ts";
import { renderDocument } from "./layout.ts";
import { type ReadPage, versionOf } from "./live-views.ts";
import { reportPath } from "./page-content.ts";
import type { ReadModel } from "./read-model.ts";
import { UploadRefused } from "./receive-upload.ts";

/** What requests are answered from. */
export interface Answers {
  readonly model: Pick<ReadModel, "readRun">;
  readonly readPage: ReadPage;
  readonly events: EventStream;
  /** Takes an uploaded file, and gives its run. */
  readonly upload: (request: IncomingMessage) => Promise<StartedRun>;
}

const types = { css: "text/css; charset=utf-8", js: "text/javascript; charset=utf-8" } as const;

/** The files that a browser gets, and no others. */
const assets: Readonly<Record<string, keyof typeof types>> = {
  "page.css": "css",
  "page.js": "js",
  "live.js": "js",
  "morph.js": "js",
  "upload.js": "js",
};

/** The report is a document of its own with its own styles; in a sandbox it cannot reach what this server gives. */
const REPORT_POLICY =
  "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";

const sendHtml = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { "Content-Type": "text/html; charset=utf-8" }).end(text);
};

const sendJson = (response: ServerResponse, status: number, value: object): void => {
  response.writeHead(status, { "Content-Type": "application/json" }).end(`${JSON.stringify(value)}\n`);
};

const notFound = (response: ServerResponse): void => {
  const parts = {
    head: html`<h1>Nothing here</h1>
      <p>There is no such page, run, agent or task. <a href="/">All runs</a></p>`,
  };
  sendHtml(response, 404, renderDocument({ title: "Not found", trail: [], isLive: false, parts }, ""));
};

const sendAsset = async (response: ServerResponse, name: string): Promise<void> => {
  const type = Object.hasOwn(assets, name) ? assets[name] : undefined;
  if (type === undefined) return notFound(response);
  const body = await readFile(new URL(`client/${name}`, import.meta.url));
  response.writeHead(200, { "Content-Type": types[type] }).end(body);
};

const sendReport = async (response: ServerResponse, runId: string): Promise<void> => {
  const stream = createReadStream(reportPath(runId));
  try {
    await new Promise((resolve, reject) => stream.once("open", resolve).once("error", reject));
  } catch {
    return notFound(response);
  }
  const headers = { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": REPORT_POLICY };
  await pipeline(stream, response.writeHead(200, headers));
};

const sendChart = async (response: ServerResponse, { model }: Answers, runId: string, query: URLSearchParams) => {
  const run = await model.readRun(runId);
  if (run === undefined) return notFound(response);
  const svg = drawHealth(run.digest.waves, {
    theme: query.get("theme") === "dark" ? "dark" : "light",
    width: query.get("width") === "narrow" ? "narrow" : "wide",
  });
  const policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
  response.writeHead(200, { "Content-Type": "image/svg+xml", "Content-Security-Policy": policy }).end(svg);
};

const takeUpload = async (request: IncomingMessage, response: ServerResponse, { upload }: Answers): Promise<void> => {
  try {
    const { runId, isNew } = await upload(request);
    sendJson(response, isNew ? 202 : 200, { run_id: runId, is_new: isNew });
  } catch (error) {
    if (!(error instanceof UploadRefused)) throw error;
    // What is left of the body is not read.
    response.setHeader("Connection", "close");
    sendJson(response, error.status, { error: error.message });
  }
};

/** Answers a request that may be answered. */
export const answer = async (request: IncomingMessage, response: ServerResponse, answers: Answers): Promise<void> => {
  const { pathname, search, searchParams } = new URL(request.url ?? "/", "http://page");
  if (request.method === "POST") {
    if (pathname === "/runs") return takeUpload(request, response, answers);
    response.writeHead(405, { Allow: "GET, HEAD" }).end("expected GET or HEAD\n");
    return;
  }
  if (pathname === "/events") {
    return answers.events.open(searchParams.get("of") ?? "/", searchParams.get("since") ?? "", request, response);
  }
  const [, asset] = /^\/assets\/([a-z.]+)$/u.exec(pathname) ?? [];
  if (asset !== undefined) return sendAsset(response, asset);
  const [, runId, file] = /^\/runs\/([A-Za-z0-9_-]{1,80})\/(report|health\.svg)$/u.exec(pathname) ?? [];
  if (runId !== undefined && file === "report") return sendReport(response, runId);
  if (runId !== undefined) return sendChart(response, answers, runId, searchParams);
  const path = `${pathname}${search}`;
  const content = await answers.readPage(path);
  if (content === undefined) return notFound(response);
  const events = new URLSearchParams({ of: path, since: versionOf(content) });
  sendHtml(response, 200, renderDocument(content, `/events?${events.toString()}`));
};
