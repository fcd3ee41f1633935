import type { IncomingMessage } from "node:http";

import { describe, expect, test } from "vitest";

import { refuseRequest } from "../../../lib/cli/page/request-guard.ts";

const own = "http://127.0.0.1:2121";
const refuse = (method: string, headers: Record<string, string>) =>
  refuseRequest({ method, headers: { host: "127.0.0.1:2121", ...headers } } as unknown as IncomingMessage, 2121);

describe("a request to the page", () => {
  test.each([
    ["another host name", "GET", { host: "evil.example:2121" }, 421],
    ["another port", "GET", { host: "127.0.0.1:80" }, 421],
    ["a host without a port", "GET", { host: "localhost" }, 421],
    ["another method", "DELETE", {}, 405],
    ["a preflight", "OPTIONS", { origin: own }, 405],
    ["another origin", "GET", { origin: "http://evil.example" }, 403],
    ["loopback under its other name", "GET", { origin: "http://localhost:2121" }, 403],
    ["no origin at all", "GET", { origin: "null" }, 403],
    ["a script of another site", "GET", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
    [
      "a frame of another site",
      "GET",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" },
      403,
    ],
    ["an upload without an origin", "POST", { "x-phase21": "page" }, 403],
    ["an upload of another origin", "POST", { origin: "http://evil.example", "x-phase21": "page" }, 403],
    ["an upload by a form", "POST", { origin: own }, 403],
  ])("of %s is refused", (_, method, headers, status) => {
    expect(refuse(method, headers)?.status).toBe(status);
  });

  test.each([
    ["a browser", "GET", { "sec-fetch-site": "none" }],
    ["a client that is no browser", "GET", {}],
    ["the name localhost", "GET", { host: "localhost:2121" }],
    [
      "a link on another site",
      "GET",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    ],
    ["the page itself", "POST", { origin: own, "x-phase21": "page", "sec-fetch-site": "same-origin" }],
  ])("of %s is answered", (_, method, headers) => {
    expect(refuse(method, headers)).toBeUndefined();
  });
});
