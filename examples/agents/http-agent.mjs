// An agent of kind "http": it counts the words of payload.text. Start it with: node http-agent.mjs [port]
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

const MAX_REQUEST_BYTES = 1024 * 1024;

/** The work. `busy_attempts`, `work_ms` and `ignore_deadline` are there to try retries and time limits out. */
const countWords = async ({ payload, attempt, deadline }) => {
  const { text, busy_attempts = 0, work_ms = 0, ignore_deadline = false } = payload ?? {};
  if (typeof text !== "string") return { success: false, error: "payload.text: expected a string" };
  if (attempt <= busy_attempts) return { success: false, retryable: true, error: "busy, ask again" };
  const left = Date.parse(deadline) - Date.now();
  if (work_ms > left && !ignore_deadline)
    return { success: false, error: `${work_ms} ms of work do not fit in ${left} ms` };
  await delay(work_ms);
  return { success: true, output: { words: text.split(/\s+/u).filter(Boolean).length }, cost_usd: 0.001 };
};

// What was done is not done again: the same key gets the same answer. In memory it is forgotten with the process.
const answers = new Map();

const answerOnce = async (request) => {
  const { idempotency_key: key } = request;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const answer = countWords(request);
  answers.set(key, answer);
  const { success } = await answer.catch(() => ({ success: false }));
  if (!success) answers.delete(key);
  return answer;
};

const readBody = async (request) => {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_REQUEST_BYTES) throw new Error("request is over 1 MiB");
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
};

const secret = process.env.AGENT_SECRET;

const respond = async (request) => {
  if (secret !== undefined && request.headers.authorization !== secret) return { status: 401, body: {} };
  if (request.method !== "POST") return { status: 405, body: {} };
  let task;
  try {
    task = await readBody(request);
  } catch (error) {
    return { status: 400, body: { error: String(error) } };
  }
  const body = await answerOnce(task);
  process.stdout.write(`${task.task_id} attempt ${task.attempt}: ${JSON.stringify(body)}\n`);
  return { status: 200, body };
};

const serve = async (request, response) => {
  // An unexpected error is a 500, which is tried again.
  const { status, body } = await respond(request).catch((error) => ({ status: 500, body: { error: String(error) } }));
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

const server = createServer((request, response) => void serve(request, response));

server.listen(Number(process.argv[2] ?? 4321), "127.0.0.1", () => {
  process.stdout.write(`the agent listens on http://127.0.0.1:${server.address().port}\n`);
});
