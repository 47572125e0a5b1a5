import { shown } from "./paint.js";

const CLEAR = "\u001b[H\u001b[2J";

/** Draws a whole page in place of the one before. */
export function drawScreen(stream: NodeJS.WriteStream, lines: readonly string[]): void {
  stream.write(CLEAR + lines.map((line) => `${shown(line)}\r\n`).join(""));
}

/**
 * The keys that are pressed, each as the terminal sends it, until the signal or the end of input. The
 * terminal is as it was before, afterwards.
 */
export async function* pressedKeys(
  input: NodeJS.ReadStream,
  signal: AbortSignal,
): AsyncGenerator<string> {
  input.setRawMode(true);
  input.setEncoding("utf8");
  const stop = () => input.destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    // Several keys may come at once, an arrow is one of three characters.
    for await (const typed of input) yield* String(typed).match(KEYS) ?? [];
  } finally {
    signal.removeEventListener("abort", stop);
    input.setRawMode(false);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: arrows begin with an escape
const KEYS = /\u001b\[[A-D]|./gsu;
