import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { DEMO_SET_FILE } from "@winnow/demo-set";
import { confirm } from "../terminal/confirm.js";
import { CliError } from "../terminal/failure.js";

/** What a demo writes into its folder. */
const RESULTS =
  /^(report\.(json|txt)|(cleaned|noise)\..+|rejects\.jsonl|(probabilities|labels|folds|ids)\.npy)$/;

interface OutFolder {
  readonly out: string;
  readonly force: boolean;
  /** Whether somebody can be asked. */
  readonly mayAsk: boolean;
}

/**
 * Asks before results of an earlier run are written over, or refuses to where nobody can be asked.
 * Those of a demo on its own titles come again anyway. Throws `out-in-use`.
 */
export async function keepResults(
  { out, force, mayAsk }: OutFolder,
  signal: AbortSignal,
): Promise<void> {
  if (force || !existsSync(out)) return;
  const there = readdirSync(out).filter((name) => RESULTS.test(name));
  if (there.length === 0 || isOfDemoSet(out)) return;
  const folder = relative(process.cwd(), out) || ".";
  const what = `${folder} has ${there.slice(0, 4).join(", ")}${there.length > 4 ? ", ..." : ""} of an earlier run`;
  if (mayAsk && process.stdin.isTTY) {
    if (await confirm(`${what}. Write over them?`, signal)) return;
    throw new CliError("out-in-use", "Nothing was changed; name another folder with --out.");
  }
  throw new CliError(
    "out-in-use",
    `${what}; name another folder with --out, or write over them with --force.`,
  );
}

function isOfDemoSet(out: string): boolean {
  try {
    const report: unknown = JSON.parse(readFileSync(join(out, "report.json"), "utf8"));
    const file: unknown = Reflect.get(Object(report), "file");
    return typeof file === "string" && basename(file) === DEMO_SET_FILE;
  } catch {
    return false;
  }
}
