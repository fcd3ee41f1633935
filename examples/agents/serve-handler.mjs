// Puts a Lambda agent behind HTTP, to try it on the embedded cloud: node serve-handler.mjs <module> [port]
import { createServer } from "node:http";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const { handler } = await import(pathToFileURL(resolve(process.argv[2])).href);

const serve = async (request, response) => {
  response.setHeader("content-type", "application/json");
  try {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    response.end(JSON.stringify(await handler(JSON.parse(body))));
  } catch (error) {
    // A function that throws is tried again, and so is a 500.
    response.writeHead(500).end(JSON.stringify({ error: String(error) }));
  }
};

const server = createServer((request, response) => void serve(request, response));

server.listen(Number(process.argv[3] ?? 4323), "127.0.0.1", () => {
  process.stdout.write(`the agent listens on http://127.0.0.1:${server.address().port}\n`);
});
