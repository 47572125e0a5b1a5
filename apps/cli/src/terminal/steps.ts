import { SingleBar } from "cli-progress";
import pc from "picocolors";
import { duration, fit, pad } from "./text.js";

/** Shows the steps of a command: on a terminal a progress bar, then a line for each finished step. */
export interface Steps {
  /** Runs a step. `work` reports its progress; the line of the finished step shows its summary. */
  run<T>(
    name: string,
    work: (report: (progress: StepProgress) => void) => Promise<{ summary: string; value: T }>,
  ): Promise<T>;
  /** Begins a step that the caller ends; only the first end counts. */
  begin(name: string): Step;
  /** Prints a line between steps. */
  print(line: string): void;
}

export interface Step {
  report(progress: StepProgress): void;
  done(summary: string): void;
  fail(): void;
}

export interface StepProgress {
  /** From 0 to 1. */
  readonly share: number;
  readonly text: string;
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
      report: (progress) => bar.update(progress),
      done(summary) {
        const took = duration(performance.now() - startedAt);
        end(`  ${pc.green("✓")} ${pad(name, NAME_WIDTH)}${summary}  ${pc.dim(took)}`);
      },
      fail: () => end(`  ${pc.red("✗")} ${name}`),
    };
  };
  return {
    begin,
    print,
    async run(name, work) {
      const step = begin(name);
      try {
        const { summary, value } = await work(step.report);
        step.done(summary);
        return value;
      } catch (error) {
        step.fail();
        throw error;
      }
    },
  };
}

const NAME_WIDTH = 10;
const BAR_WIDTH = 24;
const LINE_EVERY_MS = 15_000;

/** A line that is redrawn: the step's name, and a bar once there is progress to show. */
function openBar(stream: NodeJS.WriteStream, name: string) {
  let latest: StepProgress | undefined;
  const line = () => {
    const start = `  ${pc.cyan("›")} ${pad(name, NAME_WIDTH)}`;
    if (latest === undefined) return start;
    const share = Math.min(1, Math.max(0, latest.share));
    const filled = Math.round(BAR_WIDTH * share);
    const bar = pc.cyan("━".repeat(filled)) + pc.dim("─".repeat(BAR_WIDTH - filled));
    const room = (stream.columns || 80) - NAME_WIDTH - BAR_WIDTH - 13;
    return `${start}${bar} ${pad(`${Math.floor(100 * share)} %`, 5, "left")}  ${fit(latest.text, room)}`;
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

/** For output that cannot be redrawn: a new line now and then. */
function openLines(name: string, print: (line: string) => void) {
  let printedAt = performance.now();
  return {
    update({ share, text }: StepProgress) {
      if (performance.now() - printedAt < LINE_EVERY_MS) return;
      printedAt = performance.now();
      print(`  › ${pad(name, NAME_WIDTH)}${Math.floor(100 * share)} %  ${text}`);
    },
    close() {},
  };
}
