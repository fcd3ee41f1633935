// An agent of kind "lambda": it counts the words of payload.text. Deploy it as a function named phase21-agent-*.

/**
 * Gets the request as its event and returns the answer. To count twice does no harm, so it keeps no keys; a function that must not
 * work twice writes idempotency_key to a table before it begins, since the next attempt may meet another environment.
 */
export const handler = async ({ payload, attempt }) => {
  const { text, busy_attempts = 0 } = payload ?? {};
  if (typeof text !== "string") return { success: false, error: "payload.text: expected a string" };
  if (attempt <= busy_attempts) return { success: false, retryable: true, error: "busy, ask again" };
  return { success: true, output: { words: text.split(/\s+/u).filter(Boolean).length }, cost_usd: 0.001 };
};
