import type { IncomingMessage } from "node:http";

/** Why a request is not answered. */
export interface Refusal {
  readonly status: 403 | 405 | 421;
  readonly reason: string;
}

/** Sent with every answer: only what this server itself gives may run or be loaded, and no other page may frame it. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
};

/** A page elsewhere may link here, which opens a document and hands it nothing; all else must come from this page itself. */
const isForeign = ({ headers, method }: IncomingMessage): boolean => {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin" || site === "none") return false;
  return method !== "GET" || headers["sec-fetch-mode"] !== "navigate" || headers["sec-fetch-dest"] !== "document";
};

/**
 * Refuses what another origin sends, and a name of this machine that is not loopback's: a page elsewhere could have made it point here
 * (DNS rebinding). Undefined for a request that may be answered. `port` is the one that the server listens on.
 */
export const refuseRequest = (request: IncomingMessage, port: number): Refusal | undefined => {
  const { method = "", headers } = request;
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host = "none", origin } = headers;
  if (!hosts.includes(host)) {
    return { status: 421, reason: `host: expected ${hosts.join(" or ")}, received ${host}` };
  }
  if (!["GET", "HEAD", "POST"].includes(method)) {
    return { status: 405, reason: `method: expected GET, HEAD or POST, received ${method}` };
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, reason: `origin: expected http://${host}, received ${origin}` };
  }
  if (isForeign(request))
    return { status: 403, reason: "expected a request of this page, received one of another site" };
  if (method !== "POST") return undefined;
  if (origin === undefined) return { status: 403, reason: `origin: expected http://${host}, received none` };
  // No form can send it, and a script of another origin would have to ask first, which nothing here answers.
  if (headers["x-phase21"] === "page") return undefined;
  return { status: 403, reason: "x-phase21: expected the header of the page, received none" };
};
