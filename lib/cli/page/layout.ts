import { html, type Html, markup } from "./html.ts";

/** What a page shows. Its parts, or the live values in them, are replaced one by one when what they show has changed. */
export interface PageContent {
  /** Plain text. */
  readonly title: string;
  /** Where the page stands below the list of runs; paths with their texts, the last one is the page. */
  readonly trail: readonly { readonly path: string; readonly text: string }[];
  /** In the order in which they stand; the keys are ids of elements. */
  readonly parts: Readonly<Record<string, Html>>;
  /** Whether anything on it may change by itself. */
  readonly isLive: boolean;
}

const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%232458d3'/%3E%3Cpath d='M7 20c4 0 4-8 9-8s5 8 9 8' fill='none' stroke='white' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E";

const trailOf = ({ trail }: PageContent): Html => {
  const last = trail.length - 1;
  return html`<nav aria-label="You are here" class="trail">
    <ol>
      <li>${last < 0 ? html`<span aria-current="page">Runs</span>` : html`<a href="/">Runs</a>`}</li>
      ${trail.map(({ path, text }, index) =>
        index === last
          ? html`<li><span aria-current="page">${text}</span></li>`
          : html`<li><a href="${path}">${text}</a></li>`,
      )}
    </ol>
  </nav>`;
};

/** A whole document; `events` is the address of its changes. */
export const renderDocument = (content: PageContent, events: string): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${content.title} · Phase 21</title>
        <link rel="icon" href="${markup(icon)}" />
        <link rel="stylesheet" href="/assets/page.css" />
        <script type="module" src="/assets/page.js"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <div class="bar">
            <a class="brand" href="/"><span aria-hidden="true" class="mark"></span>Phase 21</a>
            ${trailOf(content)}
            <p class="link" id="link" role="status">${content.isLive ? "live" : ""}</p>
          </div>
        </header>
        <main id="main" tabindex="-1" ${content.isLive ? html`data-events="${events}"` : undefined}>
          ${Object.entries(content.parts).map(([id, part]) => html`<div class="part" id="${id}">${part}</div>`)}
        </main>
      </body>
    </html>`.html;
