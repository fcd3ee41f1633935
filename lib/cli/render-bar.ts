/** A bar of so many characters, filled up to `share` (0..1); only what is whole is full. */
export const renderBar = (share: number, width: number): string => {
  const full = Math.floor(width * Math.min(1, Math.max(0, share)));
  return `${"█".repeat(full)}${"░".repeat(width - full)}`;
};

/** The colour of a health score, 0..100. */
export const healthColour = (score: number): "green" | "yellow" | "red" =>
  score >= 90 ? "green" : score >= 50 ? "yellow" : "red";

/** A text of at most `columns` characters; what is cut off is shown by an ellipsis. */
export const cutText = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(columns - 1, 0))}…`;
