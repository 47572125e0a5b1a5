import { Interrupted } from "./failure.js";
import { hang } from "./hang.js";
import { write } from "./output.js";
import { COLORS } from "./paint.js";
import { openBar, openLines, type StepProgress, stepName } from "./progress-bar.js";
import { columnsOf, duration } from "./text.js";

/** Shows the steps of a command: on a terminal a progress bar, then lines for each finished step. */
export interface Steps {
  /**
   * Runs a step. `work` reports its progress; the finished step shows its summary, whose parts stand
   * two blanks apart: lines break there.
   */
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
  /** Ends its display only: what it showed goes on, or was stopped on purpose. */
  leave(): void;
}

/** Steps printed to `stream`. `quiet` prints nothing at all, for `--json`. */
export function openSteps(stream: NodeJS.WriteStream, quiet = false): Steps {
  const print = (line: string) => {
    if (!quiet) write(stream, line);
  };
  const begin = (name: string): Step => {
    const startedAt = performance.now();
    const bar = stream.isTTY && !quiet ? openBar(stream, name) : openLines(name, print);
    let hasEnded = false;
    const end = (lines: readonly string[]) => {
      if (hasEnded) return;
      hasEnded = true;
      bar.close();
      lines.forEach(print);
    };
    return {
      report: (progress) => bar.update(progress),
      done(summary) {
        const took = COLORS.dim(duration(performance.now() - startedAt));
        const prefix = `  ${COLORS.green("✓")} ${stepName(name)}`;
        end(hang(prefix, `${summary}  ${took}`, columnsOf(stream)));
      },
      fail: () => end([`  ${COLORS.red("✗")} ${name}`]),
      leave: () => end([`  ${COLORS.yellow("–")} ${name}`]),
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
        if (error instanceof Interrupted) step.leave();
        else step.fail();
        throw error;
      }
    },
  };
}
