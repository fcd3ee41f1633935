import { Phase21Error } from "../domain/errors.ts";

/** Thrown when a template or an event pattern asks for something that the embedded cloud does not do; one line says where and what. */
export class UnsupportedLocallyError extends Phase21Error {
  override readonly name = "Phase21.UnsupportedLocally";
  override readonly retryable = false;
}
