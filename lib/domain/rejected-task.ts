import type { Rejection } from "./rejection.ts";

/** Whether a rejected line is the one that is asked for: by the task id in its text, or as `FILE:LINE`. */
export const rejectsTask = ({ file, line, text }: Rejection, asked: string): boolean => {
  if (asked === `${file}:${line}`) return true;
  const quoted = JSON.stringify(asked);
  // The line need not be JSON, so it is searched as text.
  for (let at = text.indexOf(quoted); at !== -1; at = text.indexOf(quoted, at + 1)) {
    if (/"task_id"\s*:\s*$/u.test(text.slice(0, at))) return true;
  }
  return false;
};
