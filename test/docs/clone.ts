import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoCsv, demoSet } from "@winnow/demo-set";
import { root } from "../architecture/source-files.js";

/** Stays where it is, or is made by the blocks. */
const LEFT_OUT = new Set([".git", ".winnow", "winnow-demo", "release", "coverage"]);
const CLASSES = new Set(["sports/football", "finance/stocks", "technology/phones"]);
const ROWS = 150;

/**
 * A folder that looks like an installed clone: links to all that the repository holds. What the
 * commands write by default (.winnow, winnow-demo, exports) stays in it. Its demo set is a small
 * part of the real one: nobody waits for 6,000 rows three times.
 */
export function openClone(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "winnow-docs-"));
  for (const name of readdirSync(root)) {
    if (!LEFT_OUT.has(name)) symlinkSync(join(root, name), join(folder, name));
  }
  mkdirSync(join(folder, "winnow-demo"));
  const rows = demoSet()
    .filter(({ label }) => CLASSES.has(label))
    .slice(0, ROWS);
  writeFileSync(join(folder, "winnow-demo", "demo-set.csv"), demoCsv(rows));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
