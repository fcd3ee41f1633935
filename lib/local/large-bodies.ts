import type { buildApp } from "fauxqs";

/** What one request may bring; S3 takes 5 GiB. */
const maxBodyBytes = 64 * 1024 * 1024;

/** Lets fauxqs take objects in one request that it would take in parts only, which it hashes twice and copies once more. */
export const takeLargeBodies = (app: ReturnType<typeof buildApp>): void => {
  app.removeContentTypeParser("*");
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: maxBodyBytes }, (_request, body, done) =>
    done(null, body),
  );
};
