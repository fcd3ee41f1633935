import type { ReportFigures } from "../../domain/report-tally.ts";
import type { MetricsSummary, SystemHealth } from "../../domain/summary.ts";
import { loadFigure, outcomesFigure } from "./agent-figures.ts";
import { type Figure, renderFigure } from "./figure.ts";
import { escapeHtml, htmlList } from "./html.ts";
import { keyFigures } from "./key-figures.ts";
import { latencyFigure } from "./latency-figure.ts";
import type { MarkdownSection } from "./read-markdown.ts";
import { reliabilityFigure } from "./reliability-figure.ts";
import { retriesFigure } from "./retries-figure.ts";
import { renderAnomalies, renderFailures } from "./troubles.ts";
import { waveFigure } from "./wave-figure.ts";

/** What the page of a finished run is made of. */
export interface PageInput {
  readonly summary: MetricsSummary;
  readonly health: SystemHealth;
  readonly figures: ReportFigures;
  /** The sections of `execution_report.md`. */
  readonly sections: ReadonlyMap<string, MarkdownSection>;
  /** The style sheet. */
  readonly css: string;
  /** Files that stand beside the page. */
  readonly files: readonly string[];
}

const fileNotes: Readonly<Record<string, string>> = {
  "execution_report.md": "this report as text",
  "results.jsonl": "one record for each task, with every attempt",
  "metrics_summary.json": "the figures of the run",
  "system_health.json": "health by wave, anomalies and agents",
  "rejected.jsonl": "input lines that were not accepted, with reasons",
  "learning_signals.jsonl": "what the phases that learn were told",
  "learning_signals.backup.json": "the same as one JSON array",
};

const section = (id: string, title: string, content: string): string =>
  `<section aria-labelledby="h-${id}"><h2 id="h-${id}">${title}</h2>${content}</section>`;

const paragraphs = (texts: readonly string[]): string => texts.map((text) => `<p>${escapeHtml(text)}</p>`).join("");

const figureGrid = (figures: readonly Figure[]): string =>
  `<div class="figures">${figures.map((figure) => renderFigure(figure)).join("")}</div>`;

const renderFiles = (files: readonly string[]): string =>
  `<ul class="files">${files.map((file) => `<li><a href="${escapeHtml(encodeURI(file))}">${escapeHtml(file)}</a> ${escapeHtml(fileNotes[file] ?? "")}</li>`).join("")}</ul>`;

const renderAdvice = (advice: MarkdownSection | undefined): string =>
  advice === undefined || advice.items.length === 0 ? paragraphs(advice?.paragraphs ?? []) : htmlList(advice.items);

const renderBody = ({ summary, health, figures, sections, files }: PageInput): string => {
  const [verdict = "", parts = ""] = sections.get("Did it go well?")?.paragraphs ?? [];
  const facts = sections.get("Did it go well?")?.items ?? [];
  const [agents = ""] = sections.get("Which agents are weak")?.paragraphs ?? [];
  const [bias = "", scores = ""] = sections.get("How good were the predictions")?.paragraphs ?? [];
  return [
    `<header><p class="eyebrow">Execution report</p><h1><bdi>${escapeHtml(summary.run_id, 200)}</bdi></h1><p class="verdict">${escapeHtml(verdict).replaceAll(" %", "&nbsp;%")}</p></header>`,
    "<main>",
    keyFigures(summary, health),
    section("advice", "What to change", renderAdvice(sections.get("What to change"))),
    section("failures", "What failed, and why", renderFailures(figures, sections.get("What failed, and why"))),
    section(
      "health",
      "Health and predictions",
      figureGrid([waveFigure(health), reliabilityFigure(summary.calibration, `${bias} ${scores}`.trim())]) +
        renderAnomalies(health.anomalies),
    ),
    section(
      "agents",
      "Agents",
      paragraphs([agents]) + figureGrid([outcomesFigure(figures.agents), loadFigure(figures.agents)]),
    ),
    section(
      "time",
      "Time and effort",
      figureGrid([latencyFigure(figures.latencies, summary.latency_ms), retriesFigure(figures.timeline)]),
    ),
    section("facts", "How it was run", `${htmlList(facts)}${paragraphs([parts])}`),
    section("files", "The other files", renderFiles(files)),
    "</main>",
  ].join("\n");
};

/** The page as one HTML file: no script, nothing from the network, and everything that comes from input is escaped. */
export const renderPage = (input: PageInput): string =>
  [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(`Run ${input.summary.run_id}`, 200)}</title>`,
    `<style>${input.css}</style></head><body>`,
    renderBody(input),
    "</body></html>\n",
  ].join("\n");
