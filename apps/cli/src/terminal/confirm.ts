import { createInterface } from "node:readline/promises";
import { CliError } from "./failure.js";
import { note } from "./output.js";
import { shown } from "./paint.js";

/** Asks on the terminal; true for yes. Throws `confirmation-missing` where nobody can answer. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const { stdin: input, stderr: output } = process;
  if (!input.isTTY) {
    throw new CliError("confirmation-missing", "There is no terminal to ask on; add --yes.");
  }
  const terminal = createInterface({ input, output });
  // Readline takes Ctrl-C for itself.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const answer = await terminal.question(`${shown(question)} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    note("");
    throw error;
  } finally {
    terminal.close();
  }
}
