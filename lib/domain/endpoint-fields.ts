import * as z from "zod/mini";
import { shortText } from "./field-schemas.ts";
import { isLoopbackHttp } from "./loopback.ts";

const EXPECTED_URL = "expected an https URL, or http on a loopback address, without user and password";
const EXPECTED_HEADER = "expected the name of an HTTP header";

const isEndpointUrl = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || isLoopbackHttp(url);
};

/** Fields of whatever is called by HTTP: an agent, or a gate. */
export const httpFields = {
  kind: z.literal("http"),
  url: z.string(EXPECTED_URL).check(z.refine(isEndpointUrl, EXPECTED_URL)),
  secret_name: z.exactOptional(shortText(512)),
  secret_header: z.exactOptional(
    z.string(EXPECTED_HEADER).check(z.regex(/^[\w!#$%&'*+.^`|~-]{1,128}$/, EXPECTED_HEADER)),
  ),
};

/** Fields of whatever is a Lambda function. */
export const lambdaFields = { kind: z.literal("lambda"), function_name: shortText(256) };
