/** Text that is HTML already: everything from input in it is escaped. */
export interface Html {
  readonly html: string;
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

const isHtml = (part: Html | string | number): part is Html => typeof part === "object";

const render = (part: Part): string => {
  if (part === undefined) return "";
  if (Array.isArray(part)) return (part as readonly Html[]).map(({ html }) => html).join("");
  const one = part as Html | string | number;
  return isHtml(one) ? one.html : escape(String(one));
};

/** Builds HTML out of a template: what is put into it is escaped, unless it is HTML already. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: strings.map((text, index) => text + render(parts[index])).join(""),
});
