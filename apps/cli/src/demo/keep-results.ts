import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { DEMO_SET_FILE } from "@winnow/demo-set";
import { assertOutputs } from "../files/output-paths.js";
import { confirm } from "../terminal/confirm.js";
import { CliError } from "../terminal/failure.js";

/** What a demo writes into its folder. */
const RESULTS =
  /^(report\.(json|txt)|(cleaned|noise)\..+|rejects\.jsonl|(probabilities|labels|folds|ids)\.npy)$/;

interface OutFolder {
  readonly out: string;
  /** The file that is read, unless it is the demo's own. */
  readonly file: string | undefined;
  readonly force: boolean;
  /** Whether somebody can be asked. */
  readonly mayAsk: boolean;
}

/**
 * Asks before results of an earlier run are written over, or refuses to where nobody can be asked.
 * Those of a demo on its own titles come again anyway; the file that is read is never written over.
 * Throws `out-in-use`, `output-is-input`.
 */
export async function keepResults(
  { out, file, force, mayAsk }: OutFolder,
  signal: AbortSignal,
): Promise<void> {
  if (!existsSync(out)) return;
  const there = readdirSync(out).filter((name) => RESULTS.test(name));
  assertOutputs(
    there.map((name) => join(out, name)),
    [file],
  );
  if (force) return;
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
