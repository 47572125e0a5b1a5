import { SingleBar } from "cli-progress";
import { COLORS, shown } from "./paint.js";
import { age, columnsOf, fit, pad } from "./text.js";

/** How far a step is. */
export interface StepProgress {
  /** From 0 to 1. */
  readonly share: number;
  /** What it does, or waits for; the most important first: a narrow terminal cuts the rest. */
  readonly text: string;
}

/** Shows the progress of one step until it is closed. */
export interface ProgressView {
  update(progress: StepProgress): void;
  close(): void;
}

/** Columns of most steps' names. */
const NAME_WIDTH = 10;

/** A step's name as wide as the others', with a blank after it however long it is. */
export const stepName = (name: string): string => `${pad(name, NAME_WIDTH - 1)} `;

const BAR_WIDTH = 24;
const MIN_BAR = 6;
/** All that is neither name nor bar nor text: mark, percents, blanks, and the last column left free. */
const FIXED = 13;
const LINE_EVERY_MS = 15_000;
const PATIENCE_MS = 3_000;

/** The line of a running step in at most `width` columns. */
export function progressLine(
  name: string,
  latest: StepProgress | undefined,
  width: number,
  elapsedMs = 0,
): string {
  const start = `  ${COLORS.cyan("›")} ${stepName(name)}`;
  if (latest === undefined) return start;
  const share = Math.min(1, Math.max(0, latest.share));
  const spare = Math.max(0, width - FIXED - stepName(name).length);
  const columns = Math.min(BAR_WIDTH, Math.max(MIN_BAR, Math.floor(spare / 3)));
  const filled = Math.round(columns * share);
  const bar = COLORS.cyan("━".repeat(filled)) + COLORS.dim("─".repeat(columns - filled));
  const room = spare - columns;
  const text = room > MIN_BAR ? `  ${fit(said(latest, elapsedMs), room)}` : "";
  return `${start}${bar} ${pad(`${Math.floor(100 * share)} %`, 5, "left")}${text}`;
}

/** While nothing is done yet, how long it has waited. */
function said({ share, text }: StepProgress, elapsedMs: number): string {
  if (share >= 0.01 || elapsedMs < PATIENCE_MS) return text;
  return [text, age(elapsedMs)].filter((part) => part !== "").join(" · ");
}

/** A line that is redrawn: the step's name, and a bar once there is progress to show. */
export function openBar(stream: NodeJS.WriteStream, name: string): ProgressView {
  let latest: StepProgress | undefined;
  const startedAt = performance.now();
  const bar = new SingleBar({
    stream,
    format: () =>
      shown(progressLine(name, latest, columnsOf(stream), performance.now() - startedAt)),
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    fps: 5,
    gracefulExit: false, // signals are the command's own affair
  });
  bar.start(1, 0);
  return {
    update(progress) {
      latest = progress;
      bar.update(progress.share);
    },
    close() {
      bar.stop();
    },
  };
}

/** For output that cannot be redrawn: a new line now and then, also while nothing moves. */
export function openLines(name: string, print: (line: string) => void): ProgressView {
  const startedAt = performance.now();
  let latest: StepProgress = { share: 0, text: "" };
  const timer = setInterval(() => {
    const text = said(latest, performance.now() - startedAt);
    print(`  › ${stepName(name)}${Math.floor(100 * latest.share)} %  ${text}`);
  }, LINE_EVERY_MS).unref();
  return {
    update(progress) {
      latest = progress;
    },
    close() {
      clearInterval(timer);
    },
  };
}
