import { Cron } from "croner";

/** A field of AWS's cron expressions: its bounds, and the names that stand for numbers. */
interface Field {
  readonly least: number;
  readonly most: number;
  /** The first one stands for `least`. */
  readonly names?: readonly string[];
  /** What a field of days may also be: `L`, `W` and `#`, each alone in its field. */
  readonly special?: (text: string) => string | undefined;
}

const lastOrWeekday = (text: string): string | undefined => (/^(L|\d{1,2}W)$/u.test(text) ? text : undefined);

/** `L` by itself is the last day of a week, Saturday; behind a day it is that day's last one in a month. */
const lastOrNth = (text: string): string | undefined => {
  if (text === "L") return "7";
  return /^[1-7]#[1-5]$/u.test(text) ? text : /^([1-7])L$/u.test(text) ? `${text[0]}#L` : undefined;
};

const dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const fields: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31, special: lastOrWeekday },
  { least: 1, most: 12, names: monthNames },
  { least: 1, most: 7, names: dayNames, special: lastOrNth },
  { least: 1970, most: 2199 },
];

const dayOfMonth = 2;
const dayOfWeek = 4;

/** One of the parts of a list, `*`, `a`, `a-b`, each also with a step, as croner writes it; undefined where it is none. */
const translatePart = (part: string, { least, most }: Field): string | undefined => {
  const [, start = "", end, step] = /^(\*|\d+)(?:-(\d+))?(?:\/(\d+))?$/u.exec(part) ?? [];
  if (start === "" || (start === "*" && end !== undefined)) return undefined;
  if (start === "*" && step === undefined) return part;
  const from = start === "*" ? least : Number(start);
  const to = end === undefined ? (step === undefined ? from : most) : Number(end);
  const isWithin = from >= least && from <= to && to <= most;
  return isWithin
    ? `${from}-${to}${step === undefined ? "" : `/${Math.min(Number(step), most - least + 1)}`}`
    : undefined;
};

const translateField = (text: string, field: Field): string | undefined => {
  const { least, names = [], special } = field;
  const numbers = text
    .toUpperCase()
    .replaceAll(/\b[A-Z]{3}(?=L?\b)/gu, (name) => (names.includes(name) ? String(names.indexOf(name) + least) : name));
  const alone = special?.(numbers);
  if (alone !== undefined) return alone;
  const parts = numbers.split(",").map((part) => translatePart(part, field));
  return parts.includes(undefined) ? undefined : parts.join(",");
};

/**
 * Reads what stands between the brackets of AWS's `cron(minutes hours day-of-month month day-of-week year)`, in UTC, with `*`, `?`,
 * lists, ranges, steps, names, `L`, `W` and `#`. Gives the first time after another one (epoch ms), undefined when there is none any
 * more; or undefined where the expression is none.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export const readCron = (expression: string): ((after: number) => number | undefined) | undefined => {
  const texts = expression.split(" ");
  if (texts.length !== fields.length) return undefined;
  // AWS takes a day by month or by week, and wants the other one left open.
  if ((texts[dayOfMonth] === "?") === (texts[dayOfWeek] === "?")) return undefined;
  const translated = fields.map((field, index) => {
    const text = texts[index] ?? "";
    return text === "?" && (index === dayOfMonth || index === dayOfWeek) ? "*" : translateField(text, field);
  });
  if (translated.includes(undefined)) return undefined;
  try {
    const cron = new Cron(`0 ${translated.join(" ")}`, {
      mode: "7-part",
      timezone: "Etc/UTC",
      alternativeWeekdays: true,
    });
    return (after) => cron.nextRun(new Date(after))?.getTime();
  } catch {
    return undefined;
  }
};
