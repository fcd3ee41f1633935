/** Text that is HTML already: everything from input in it is escaped. */
export interface Html {
  readonly html: string;
  /** The same without its live values: as long as it stays the same, only they need to be told. */
  readonly frame: string;
  /** Live values as plain text: of an element by its id, of an attribute by `id@attribute`. */
  readonly values: Readonly<Record<string, string>>;
}

type Part = Html | string | number | undefined | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that show nothing, or that turn the text around them: a person sees them as their code. */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u200B\u2060-\u2064\uFEFF]/gu;

const showUnseen = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;

const escape = (text: string): string =>
  text.replaceAll(UNSEEN, showUnseen).replaceAll(/[&<>"']/gu, (character) => entities[character] ?? "");

/** Markup that is written as it is. */
export const markup = (text: string): Html => ({ html: text, frame: text, values: {} });

const join = (parts: readonly Html[]): Html => ({
  html: parts.map(({ html: text }) => text).join(""),
  frame: parts.map(({ frame }) => frame).join(""),
  values: Object.assign({}, ...parts.map(({ values }) => values)) as Html["values"],
});

const isHtml = (part: Html | string | number): part is Html => typeof part === "object";

const render = (part: Part): Html => {
  if (part === undefined) return markup("");
  if (Array.isArray(part)) return join(part as readonly Html[]);
  const one = part as Html | string | number;
  return isHtml(one) ? one : markup(escape(String(one)));
};

/** Builds HTML out of a template: what is put into it is escaped, unless it is HTML already. Indentation is not kept. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  join(strings.flatMap((text, index) => [markup(text.replaceAll(/\s*\n\s*/gu, "\n")), render(parts[index])]));

/** Text that changes while a page is open; `id` must be its own on the page, and safe in HTML. */
export const live = (id: string, text: string): Html => ({
  html: `<span id="${id}">${escape(text)}</span>`,
  frame: `<span id="${id}"></span>`,
  values: { [id]: text.replaceAll(UNSEEN, showUnseen) },
});

/** The id of an element with attributes that change while a page is open. */
export const liveAttributes = (id: string, attributes: Readonly<Record<string, string>>): Html => {
  const entries = Object.entries(attributes);
  const written = entries.map(([name, value]) => ` ${name}="${escape(value)}"`).join("");
  return {
    html: `id="${id}"${written}`,
    frame: `id="${id}"`,
    values: Object.fromEntries(entries.map(([name, value]) => [`${id}@${name}`, value])),
  };
};
