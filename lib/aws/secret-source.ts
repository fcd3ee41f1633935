import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** How long a secret is kept: a rotated one is in use within this time. */
const KEEP_MS = 5 * 60_000;

/** Secrets of agents, by name, from Secrets Manager; kept for a while, because every attempt asks. */
export const createSecretSource = () => {
  const client = new SecretsManagerClient();
  const known = new Map<string, { readonly readAt: number; readonly value: Promise<string> }>();
  const read = async (name: string): Promise<string> => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (SecretString === undefined) throw new Error(`secret ${name}: expected text, received binary`);
    return SecretString;
  };
  return {
    get: (name: string): Promise<string> => {
      const entry = known.get(name);
      if (entry !== undefined && Date.now() - entry.readAt < KEEP_MS) return entry.value;
      const value = read(name);
      known.set(name, { readAt: Date.now(), value });
      value.catch(() => known.delete(name));
      return value;
    },
  };
};
