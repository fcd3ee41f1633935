import type { IncomingHttpHeaders } from "node:http";

/** What the gateway decides by. */
export interface GatewayRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** What the gateway answers. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * Gives the 501 that says what the embedded cloud does not have, in the format of the service called: XML for S3 and the query
 * services, JSON for the others. 501 is a status that the SDK does not retry.
 */
export function unsupportedAnswer(request: GatewayRequest): GatewayAnswer {
  const code = "NotImplemented";
  const message = `the embedded cloud does not have ${nameOfCall(request)}`;
  const error = `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`;
  if (serviceOf(request) === "s3") return { status: 501, headers: { "content-type": "application/xml" }, text: error };
  if (request.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true) {
    return { status: 501, headers: { "content-type": "text/xml" }, text: `<ErrorResponse>${error}</ErrorResponse>` };
  }
  const headers = { "content-type": "application/json", "x-amzn-errortype": code };
  return { status: 501, headers, text: JSON.stringify({ __type: code, message }) };
}

function nameOfCall(request: GatewayRequest): string {
  const target = request.headers["x-amz-target"];
  const call = typeof target === "string" ? target : `${request.method} ${request.path.split("?", 1).join("")}`;
  return `${call} of the service "${serviceOf(request) ?? "unknown"}"`;
}

/** The signature names the service: `Credential=<key>/<date>/<region>/<service>/aws4_request`. */
function serviceOf({ headers }: GatewayRequest): string | undefined {
  const [, service] = /Credential=(?:[^/,]*\/){3}([^/,]+)\//.exec(headers.authorization ?? "") ?? [];
  return service;
}

/** A text as XML content. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
