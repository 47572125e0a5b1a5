// npm run bench:audit -- --data DIR [--python PYTHON] [--runs 3]
// Seconds from command to files of `winnow audit`, and of the same in Python: reading, TF-IDF, logistic
// regression, cleanlab. DIR holds noisyagnews/samples10000valMed.csv and
// toutiao_15class/toutiao_test_38270.txt.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findPython } from "./quality/python-peer.js";
import { inBench } from "./service/paths.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    python: { type: "string" },
    runs: { type: "string", default: "3" },
  },
});
if (options.data === undefined) {
  console.error("Usage: npm run bench:audit -- --data DIR [--python PYTHON] [--runs 3]");
  process.exit(2);
}
const data = resolve(options.data);
const python = findPython(options.python);
const folder = mkdtempSync(join(tmpdir(), "winnow-bench-audit-"));
const FILES = [
  ["toutiao", "toutiao_15class/toutiao_test_38270.txt"],
  ["csv", "noisyagnews/samples10000valMed.csv"],
] as const;

try {
  for (const [kind, name] of FILES) {
    const file = join(data, name);
    const command = inBench("../apps/cli/dist/main.js");
    const ours: number[] = [];
    for (let run = 0; run < Number(options.runs); run++) {
      ours.push(seconds(process.execPath, [command, "audit", file, "--scores", "scores.csv"]));
    }
    const median = ours.sort((a, b) => a - b)[ours.length >> 1]!;
    const peer = seconds(python, [inBench("quality/audit_peer.py"), kind, file, "flags.txt"]);
    console.log(
      `${name}: winnow audit ${median.toFixed(2)} s, Python ${peer.toFixed(2)} s, ${(peer / median).toFixed(1)} times`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}

function seconds(command: string, args: readonly string[]): number {
  const startedAt = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args[0]} failed: ${stderr}`);
  return (performance.now() - startedAt) / 1000;
}
