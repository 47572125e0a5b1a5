import { type Options, SingleBar } from "cli-progress";
import pc from "picocolors";
import { duration, fit, pad } from "./text.js";

/** The course of a command: a line for each step when it is done, a bar meanwhile on a terminal. */
export interface Steps {
  /** Runs a step. `work` tells how far it is; what it gives back stands in the step's line. */
  run<T>(
    name: string,
    work: (tell: (progress: StepProgress) => void) => Promise<{ said: string; value: T }>,
  ): Promise<T>;
  /** Begins a step that the caller ends; only the first end counts. */
  begin(name: string): Step;
  /** A line between steps. */
  say(line: string): void;
}

export interface Step {
  tell(progress: StepProgress): void;
  done(said: string): void;
  fail(): void;
}

export interface StepProgress {
  /** From 0 to 1. */
  readonly share: number;
  readonly said: string;
}

/** Steps printed to `stream`. `quiet` prints nothing at all, for `--json`. */
export function openSteps(stream: NodeJS.WriteStream, quiet = false): Steps {
  const print = (line: string) => {
    if (!quiet) stream.write(`${line}\n`);
  };
  const begin = (name: string): Step => {
    const startedAt = performance.now();
    const bar = stream.isTTY && !quiet ? openBar(stream, name) : undefined;
    let hasEnded = false;
    const end = (line: string) => {
      if (hasEnded) return;
      hasEnded = true;
      bar?.close();
      print(line);
    };
    return {
      tell: (progress) => bar?.update(progress),
      done(said) {
        const took = duration(performance.now() - startedAt);
        end(`  ${pc.green("✓")} ${pad(name, nameWidth)}${said}  ${pc.dim(took)}`);
      },
      fail: () => end(`  ${pc.red("✗")} ${name}`),
    };
  };
  return {
    begin,
    say: print,
    async run(name, work) {
      const step = begin(name);
      try {
        const { said, value } = await work(step.tell);
        step.done(said);
        return value;
      } catch (error) {
        step.fail();
        throw error;
      }
    },
  };
}

const nameWidth = 10;
const barWidth = 28;

function openBar(stream: NodeJS.WriteStream, name: string) {
  const options: Options = {
    stream,
    format: `  ${pc.cyan("›")} ${pad(name, nameWidth)}${pc.cyan("{bar}")} {percentage} %  {said}`,
    barCompleteChar: "━",
    barIncompleteChar: " ",
    barsize: barWidth,
    autopadding: true,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    linewrap: true, // cli-progress' name for leaving the terminal's wrapping alone
    fps: 5,
    gracefulExit: false, // signals are the command's own affair
  };
  const bar = new SingleBar(options);
  const room = () => Math.max(10, (stream.columns || 80) - nameWidth - barWidth - 14);
  bar.start(1000, 0, { said: "" });
  return {
    update({ share, said }: StepProgress) {
      const done = Math.round(1000 * Math.min(1, Math.max(0, share)));
      bar.update(done, { said: fit(said, room()) });
    },
    close() {
      bar.stop();
    },
  };
}
