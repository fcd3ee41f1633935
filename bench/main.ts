/**
 * `npm run bench`: prints what it measured as JSON, a line a benchmark, and then a table (docs/performance.md). Each measurement is a
 * process of its own, so that none warms another.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";

import { type Figures, type Measured, median, summarize } from "./benchmark.ts";
import { benchmarks, onlyWhenNamed } from "./benchmarks.ts";
import { renderTable } from "./table.ts";

const usage = `usage: npm run bench -- [NAME ...] [--against FILE] [--beside CHECKOUT]
  NAME                ${benchmarks.map(({ name }) => name).join(", ")}
  --against FILE      compares with the JSON that an earlier run printed
  --beside CHECKOUT   measures end_to_end_20000 in another checkout, too, in turns with this one`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { measure: { type: "string" }, against: { type: "string" }, beside: { type: "string" } },
});

const find = (name: string) => {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  console.error(`no benchmark "${name}"\n${usage}`);
  process.exit(2);
};

const runNode = async (args: readonly string[], cwd: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 2 ** 26 })).stdout;

const measureInProcess = async (name: string): Promise<Figures> =>
  JSON.parse(await runNode([import.meta.filename, "--measure", name], process.cwd())) as Figures;

/** What another checkout measures: the way to ask for it was another before there were names. */
const measureBeside = async (checkout: string): Promise<number> => {
  const main = join(resolve(checkout), "bench/main.ts");
  const isNamed = (await readFile(main, "utf8")).includes("--measure");
  const args = isNamed ? ["--measure", BESIDE] : ["end-to-end"];
  const { tasks_per_second } = JSON.parse(await runNode([main, ...args], resolve(checkout))) as Figures;
  return tasks_per_second ?? Number.NaN;
};

const BESIDE = "end_to_end_20000";

const readEarlier = async (file: string): Promise<readonly Measured[]> =>
  (await readFile(file, "utf8"))
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Measured);

const measureAll = async (): Promise<void> => {
  const earlier = values.against === undefined ? [] : await readEarlier(values.against);
  const named = positionals.map(find);
  const chosen = named.length > 0 ? named : benchmarks.filter(({ name }) => !onlyWhenNamed.has(name));
  const measured: Measured[] = [];
  for (const benchmark of chosen) {
    const runs: Figures[] = [];
    const beside: number[] = [];
    for (let run = 0; run < benchmark.processes; run += 1) {
      if (values.beside !== undefined && benchmark.name === BESIDE) beside.push(await measureBeside(values.beside));
      runs.push(await measureInProcess(benchmark.name));
    }
    const summary = summarize(benchmark, runs);
    measured.push(summary);
    console.log(JSON.stringify(summary));
    if (beside.length > 0) {
      const then = median(beside);
      const ratio = (summary.figures["tasks_per_second"] ?? Number.NaN) / then;
      console.log(JSON.stringify({ beside: values.beside, tasks_per_second: then, all: beside, ratio }));
    }
  }
  const seconds = (name: string) => measured.find((one) => one.name === name)?.figures["seconds"];
  const [small, large] = [seconds("end_to_end_20000"), seconds("end_to_end_200000")];
  console.log(`\n${renderTable(measured, earlier)}`);
  if (small !== undefined && large !== undefined) {
    console.log(`\ntime at 200,000 tasks ÷ time at 20,000 tasks: ${(large / small).toFixed(2)}`);
  }
};

if (values.measure !== undefined) console.log(JSON.stringify(await find(values.measure).measure()));
else await measureAll();
