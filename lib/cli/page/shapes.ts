import { html, type Html, liveAttributes } from "./html.ts";
import { number } from "./format.ts";

/** Length of the gauge's arc in units of its drawing: three quarters of a circle of radius 52. */
const ARC = 1.5 * Math.PI * 52;
const CIRCLE = 2 * Math.PI * 52;

/** Class that colours what a word of health, of a run or of a task says; the word itself stands beside it. */
const toneOf = (word: string): string => {
  if (["EXCELLENT", "GOOD", "FINISHED", "COMPLETED", "IDLE"].includes(word)) return "good";
  if (["FAIR", "PAUSED", "BLOCKED", "SKIPPED", "CANCELLING"].includes(word)) return "fair";
  if (["POOR", "FAILED", "REJECTED", "OFFLINE"].includes(word)) return "poor";
  return "active";
};

/** A status as a word on its colour. */
export const pill = (word: string): Html => html`<span class="pill ${toneOf(word)}">${word.toLowerCase()}</span>`;

/** A gauge of health, 0 to 100. */
export const gauge = (health: { readonly score: number; readonly status: string } | undefined, of: string): Html => {
  const score = health?.score ?? 0;
  const label =
    health === undefined ? "No wave has ended yet" : `Health ${of}: ${score.toFixed(2)} of 100, ${health.status}`;
  const dash = `${((ARC * Math.min(100, Math.max(0, score))) / 100).toFixed(1)} ${CIRCLE.toFixed(1)}`;
  return html`<svg class="gauge ${toneOf(health?.status ?? "")}" viewBox="0 0 128 118" role="img" aria-label="${label}">
    <g fill="none" stroke-width="11" stroke-linecap="round" transform="rotate(135 64 64)">
      <circle class="track" cx="64" cy="64" r="52" stroke-dasharray="${`${ARC.toFixed(1)} ${CIRCLE.toFixed(1)}`}" />
      ${score > 0 ? html`<circle class="value" cx="64" cy="64" r="52" stroke-dasharray="${dash}" />` : undefined}
    </g>
    <text x="64" y="70" text-anchor="middle" class="score">${health === undefined ? "–" : score.toFixed(1)}</text>
    <text x="64" y="88" text-anchor="middle" class="word">${health?.status.toLowerCase() ?? "no wave yet"}</text>
  </svg>`;
};

/** A part of a bar: its share of the whole, and the class that colours it. */
export interface Segment {
  readonly value: number;
  readonly tone: string;
}

/** A bar of parts of `whole`; `label` says what it shows, `id` is the bar's own on the page. */
export const bar = (segments: readonly Segment[], whole: number, label: string, id: string): Html => {
  let from = 0;
  const rects = segments.map(({ value, tone }, index) => {
    const width = whole > 0 ? Math.min(100 - from, (100 * value) / whole) : 0;
    const place = { x: `${from.toFixed(2)}%`, width: `${width.toFixed(2)}%` };
    from += width;
    return html`<rect class="${tone}" height="100%" ${liveAttributes(`${id}-${index}`, place)} />`;
  });
  return html`<svg class="meter" role="img" ${liveAttributes(id, { "aria-label": label })}>${rects}</svg>`;
};

interface Counts {
  readonly completed: number;
  readonly failed: number;
  readonly blocked: number;
  readonly skipped: number;
}

/** A bar of how tasks ended, and of those that were answered for in a wave that goes on. */
export const outcomeBar = (
  { completed, failed, blocked, skipped }: Counts,
  whole: number,
  { id, answered = 0 }: { readonly id: string; readonly answered?: number },
): Html =>
  bar(
    [
      { value: completed, tone: "good" },
      { value: failed, tone: "poor" },
      { value: blocked + skipped, tone: "fair" },
      { value: answered, tone: "active" },
    ],
    whole,
    `${number(completed)} completed, ${number(failed)} failed, ${number(blocked + skipped)} blocked or skipped, of ${number(whole)}`,
    id,
  );

/** A figure with what it counts. */
export const figure = (label: string, value: string | Html, note = ""): Html =>
  html`<div class="figure">
    <dt>${label}</dt>
    <dd>${value}${note === "" ? undefined : html`<small>${note}</small>`}</dd>
  </div>`;
