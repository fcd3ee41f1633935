import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

import type { JsonObject } from "../domain/json.ts";
import { buildWorker } from "./bundles.ts";
import { hashSources } from "./source-hash.ts";

/** What the synthesized stack consists of: the very files that a deployment would upload. */
export interface Assembly {
  readonly template: JsonObject;
  /** Folder of an asset, by the `S3Key` under which the template names it. */
  assetDirectory(s3Key: string): string;
  /** What a function's thread runs, as JavaScript. */
  readonly lambdaWorker: string;
  /** Where Node keeps the functions' compiled code, which goes when they go. */
  readonly compileCacheDirectory: string;
}

interface AssetManifest {
  readonly files: Readonly<Record<string, { readonly source: { readonly path: string } }>>;
}

const root = join(import.meta.dirname, "../..");

/** What this machine keeps between starts; deleting it costs the next start its time, nothing else. */
const cache = join(root, "node_modules/.cache/phase21");

/** Where Node keeps compiled code of what is no function, so that a start need not compile the SDK again. */
export const compileCacheDirectory = join(cache, "compiled");

const assemblies = join(cache, "assemblies");
const sources = ["bin/app.ts", "lambdas", "lib", "package-lock.json"];
const stackName = "Phase21-dev";
const templateFile = `${stackName}.template.json`;

/** Beside an assembly, so that one who still runs its functions adds nothing to it. */
const compiledSuffix = ".compiled";

/** Assemblies of other sources that are kept beside the current one, so that switching branches costs nothing. */
const MAX_KEPT = 4;

/**
 * Gives the stack as CDK synthesizes it. The result is kept in a folder under a hash of the sources, so only the first start after a
 * change waits for CDK, which runs in a process of its own.
 */
export const loadAssembly = async (keptIn = assemblies): Promise<Assembly> => {
  const hash = await hashSources(sources.map((path) => join(root, path)));
  const directory = join(keptIn, hash.slice(0, 16));
  if (!isWhole(directory)) await synthesize(directory);
  // Those that were used last are kept: a cloud that is up still reads of its own.
  await utimes(directory, new Date(), new Date());
  const template = JSON.parse(await readFile(join(directory, templateFile), "utf8")) as JsonObject;
  const manifest = JSON.parse(await readFile(join(directory, `${stackName}.assets.json`), "utf8")) as AssetManifest;
  return {
    template,
    lambdaWorker: join(directory, "lambda-worker.mjs"),
    compileCacheDirectory: `${directory}${compiledSuffix}`,
    assetDirectory: (s3Key) => {
      const asset = manifest.files[s3Key.replace(/\.zip$/u, "")];
      if (asset === undefined) throw new Error(`asset ${s3Key}: expected it in the assembly's manifest`);
      return join(directory, asset.source.path);
    },
  };
};

/** Two may synthesize at the same time: each works in a folder of its own, and the first to finish is kept. */
const synthesize = async (directory: string): Promise<void> => {
  await mkdir(dirname(directory), { recursive: true });
  await removeOldest(dirname(directory));
  // What is left of one whose removal was cut off would be in the way. Others put theirs there whole, so what is there and is not is no one's.
  if (existsSync(directory) && !isWhole(directory)) await remove(directory);
  const working = await mkdtemp(`${directory}.`);
  await promisify(execFile)(process.execPath, [join(root, "bin/app.ts")], {
    // CDK's own validation of the template takes 1.5 s; the tests run it.
    env: { ...process.env, CDK_OUTDIR: working, CDK_VALIDATION: "false", CDK_CONTEXT_JSON: '{"stage":"dev"}' },
    maxBuffer: 16 * 1024 * 1024,
  });
  await buildWorker(join(import.meta.dirname, "lambda-worker.ts"), join(working, "lambda-worker.mjs"));
  await rename(working, directory).catch(async (error: unknown) => {
    await remove(working);
    if (!isWhole(directory)) throw error;
  });
};

const isWhole = (directory: string): boolean => existsSync(join(directory, templateFile));

/** Somebody may be writing there, or have removed it. */
const remove = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => {});

/** When a path was last changed; what somebody else has removed meanwhile is left alone. */
const changeOf = async (path: string): Promise<number> =>
  (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;

const removeOldest = async (keptIn: string): Promise<void> => {
  const names = await readdir(keptIn);
  const assembled = names.filter((name) => !name.endsWith(compiledSuffix));
  const aged = await Promise.all(
    assembled.map(async (name) => ({ name, changed: await changeOf(join(keptIn, name)) })),
  );
  const newestFirst = aged.toSorted((a, b) => b.changed - a.changed).map(({ name }) => name);
  const kept = new Set(newestFirst.slice(0, MAX_KEPT));
  for (const name of names) {
    if (!kept.has(name.replace(compiledSuffix, ""))) await remove(join(keptIn, name));
  }
};
