import type { Command } from "commander";

/** A command line without its beginning, and what it does. */
interface Example {
  readonly line: string;
  readonly does: string;
}

const RUN = "tasks-f59985f1-6cdc12a56255fcf20b62";

const example = (line: string, does: string): Example => ({ line, does });

/** Examples by the words of their command; those of the program itself stand under "". */
export const helpExamples: Readonly<Record<string, readonly Example[]>> = {
  "": [
    example("run examples/predictions.jsonl", "a first run, on the embedded cloud"),
    example("agents list", "who works"),
    example("help run", "a command's flags and examples"),
  ],
  run: [
    example("run examples/predictions.jsonl", "with the fleet that is kept, on the embedded cloud"),
    example("run tasks.jsonl --agents agents.json --strategy PRIORITY_BASED", "with another fleet and strategy"),
    example("run tasks.jsonl --data state", "can be resumed after a crash"),
    example("run tasks.jsonl --stack Phase21-dev", "on a deployed stack"),
    example("run tasks.jsonl --dry-run", "what it would do, and what that would take and cost on AWS"),
    example("run tasks.jsonl --quiet --json", "for a script: the metrics summary alone"),
  ],
  redrive: [
    example(`redrive ${RUN} --predictions tasks.jsonl`, "what did not complete, from the run's files"),
    example(`redrive ${RUN} --data state --reason timed_out agent_offline`, "only what ended for these reasons"),
    example(`redrive ${RUN} --stack Phase21-dev`, "a run of a deployed stack"),
  ],
  pause: [
    example(`pause ${RUN}`, "a run of this machine"),
    example(`pause ${RUN} --stack Phase21-dev`, "a run of a deployed stack"),
  ],
  cancel: [
    example(`cancel ${RUN}`, "a run of this machine"),
    example(`cancel ${RUN} --stack Phase21-dev`, "a run of a deployed stack"),
  ],
  resume: [
    example(`resume ${RUN}`, "a run that was paused"),
    example("resume --data state", "all that a crash or Ctrl-C left unfinished there"),
  ],
  drain: [example("drain agent_2", "before its machine is switched off")],
  generate: [
    example("generate --tasks 1000", "on stdout; npm start --silent keeps npm's own lines out of a file"),
    example("generate --tasks 1000 --seed 4", "other lines"),
  ],
  plan: [
    example("plan --tasks 1000000 --agents 100", "a run of four waves"),
    example("plan --tasks 1000000000 --agents 1000 --attempt-seconds 2", "a thousand runs of slower agents"),
    example("plan --tasks 1000 1000000 1000000000", "several sizes in a table"),
    example("plan --tasks 50000 --config config.json --json", "for a script, with the configuration of the runs"),
  ],
  agents: [example("agents list", "who works"), example("agents apply agents.json", "another fleet")],
  "agents list": [
    example("agents list", "the fleet that is kept here"),
    example("agents list --stack Phase21-dev", "that of a deployed stack"),
  ],
  "agents apply": [
    example("agents apply examples/agents.json", "for the runs that follow"),
    example("agents apply agents.json --stack Phase21-dev", "in a deployed stack"),
  ],
  "agents online": [example("agents online agent_2", "after a drain, or when it was mended")],
  "agents offline": [example("agents offline agent_2", "until it is put online again")],
  serve: [
    example("serve --inbox drop", "each *.jsonl that is put into drop/ starts a run"),
    example('serve --run-schedule "rate(1 hour)" --standing tasks.jsonl', "the same predictions each hour"),
    example("serve --data state", "goes on after a stop"),
  ],
  signals: [example("signals pull --phase 18", "what phase 18 is told")],
  "signals pull": [
    example("signals pull --phase 18 --keep", "look, and leave them in the queue"),
    example("signals pull --phase 20 --stack Phase21-dev --max 100", "from a deployed stack"),
  ],
  why: [
    example("why latest task-0001507", "the story of a task of the latest run"),
    example(`why ${RUN} task-0001507 --json`, "for a script"),
  ],
  runs: [example("runs", "the runs whose files are here"), example("runs --data state", "those of a data folder")],
  show: [example("show latest", "the summary of the latest run"), example(`show ${RUN}`, "that of another")],
  compare: [example("compare tasks-f59985f1 tasks-0c1d2e3f", "two runs side by side")],
  report: [example("report latest", "write execution_report.html again")],
  completion: [
    example("completion bash >> ~/.bashrc", "for each new bash"),
    example("completion zsh >> ~/.zshrc", "for each new zsh"),
    example("completion fish > ~/.config/fish/completions/phase21.fish", "for each new fish"),
  ],
};

const BEGINNING = "npm start -- ";

const renderExamples = (examples: readonly Example[]): string =>
  ["", "Examples:", ...examples.map(({ line, does }) => `  ${BEGINNING}${line}\n      ${does}`)].join("\n");

/** Adds the examples of a command, and of those below it, to their help. `words` name the command, none the program itself. */
export const addExamples = (command: Command, words: readonly string[] = []): void => {
  const examples = helpExamples[words.join(" ")];
  if (examples !== undefined) command.addHelpText("after", renderExamples(examples));
  for (const child of command.commands) addExamples(child, [...words, child.name()]);
};
