import { SingleBar } from "cli-progress";
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
    const bar = stream.isTTY && !quiet ? openBar(stream, name) : openLines(name, print);
    let hasEnded = false;
    const end = (line: string) => {
      if (hasEnded) return;
      hasEnded = true;
      bar.close();
      print(line);
    };
    return {
      tell: (progress) => bar.update(progress),
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
const barWidth = 24;

/** A line that is drawn over again: the step's name, and a bar once it has told how far it is. */
function openBar(stream: NodeJS.WriteStream, name: string) {
  let latest: StepProgress | undefined;
  const line = () => {
    const start = `  ${pc.cyan("›")} ${pad(name, nameWidth)}`;
    if (latest === undefined) return start;
    const share = Math.min(1, Math.max(0, latest.share));
    const filled = Math.round(barWidth * share);
    const bar = pc.cyan("━".repeat(filled)) + pc.dim("─".repeat(barWidth - filled));
    const room = (stream.columns || 80) - nameWidth - barWidth - 13;
    return `${start}${bar} ${pad(`${Math.floor(100 * share)} %`, 5, "left")}  ${fit(latest.said, room)}`;
  };
  const bar = new SingleBar({
    stream,
    format: line,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    fps: 5,
    gracefulExit: false, // signals are the command's own affair
  });
  bar.start(1, 0);
  return {
    update(progress: StepProgress) {
      latest = progress;
      bar.update(progress.share);
    },
    close() {
      bar.stop();
    },
  };
}

/** Where no line can be drawn over: a new one now and then. */
function openLines(name: string, print: (line: string) => void) {
  let toldAt = performance.now();
  return {
    update({ share, said }: StepProgress) {
      if (performance.now() - toldAt < lineEveryMs) return;
      toldAt = performance.now();
      print(`  › ${pad(name, nameWidth)}${Math.floor(100 * share)} %  ${said}`);
    },
    close() {},
  };
}

const lineEveryMs = 15_000;
