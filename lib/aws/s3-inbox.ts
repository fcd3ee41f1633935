import { HeadObjectCommand, NotFound, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";

/** What lies in the inbox of a bucket. */
export const createS3Inbox = (client: S3Client, bucket: string) => ({
  bucket,

  /** Every object under `inbox/`, at its current version; a page is fetched when the one before is used up. */
  list: async function* (): AsyncGenerator<{ readonly key: string; readonly lastModified: number }> {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: "inbox/" })) {
      for (const { Key, LastModified } of Contents) {
        if (Key !== undefined && LastModified !== undefined) yield { key: Key, lastModified: LastModified.getTime() };
      }
    }
  },

  /** The current version of an object, its ETag without the quotes, as events give it; undefined where the object is gone. */
  version: async (key: string): Promise<{ readonly etag: string; readonly version_id?: string } | undefined> => {
    try {
      const { ETag = "", VersionId } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      return { etag: ETag.replaceAll('"', ""), ...(VersionId !== undefined && { version_id: VersionId }) };
    } catch (error) {
      if (error instanceof NotFound) return undefined;
      throw error;
    }
  },
});
