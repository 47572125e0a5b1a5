import { hang } from "../terminal/hang.js";
import { COLORS } from "../terminal/paint.js";
import { pad } from "../terminal/text.js";
import type { Finding } from "./finding.js";

const NAME_WIDTH = 13;
const PAINT = { ok: COLORS.green, warning: COLORS.yellow, problem: COLORS.red };

/** A finding as a line, and how to fix it below where there is something to fix. */
export function linesOf({ name, status, found, fix }: Finding, width: number): string[] {
  const prefix = `${PAINT[status](pad(status, 9))}${pad(name, NAME_WIDTH)}`;
  const lines = hang(prefix, found, width);
  if (fix === null) return lines;
  return [...lines, ...hang(`${" ".repeat(9 + NAME_WIDTH)}fix: `, fix, width)];
}

/** What it comes to. */
export function verdict(findings: readonly Finding[]): string {
  const count = (status: Finding["status"], word: string) => {
    const { length } = findings.filter((finding) => finding.status === status);
    return length === 0 ? [] : [`${length} ${word}${length === 1 ? "" : "s"}`];
  };
  const problems = count("problem", "problem");
  const found = [...problems, ...count("warning", "warning")];
  if (found.length === 0) return "All is well: the service can start.";
  const end = problems.length === 0 ? "the service can start." : "solve the problems first.";
  return `${found.join(", ")}: ${end}`;
}
