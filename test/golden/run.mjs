// `npm run golden -- --albert DIR [...]`, `--bert DIR [...]`, `--confident-learning DIR` or `--audit DIR`: the golden checks on any
// folder of cases in that format; exits non-zero on a difference.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPTS = {
  "--albert": "run-encoder.mjs",
  "--bert": "run-encoder.mjs",
  "--confident-learning": "confident-learning.mjs",
  "--cifar10": "confident-learning.mjs",
  "--audit": "audit.mjs",
};
const asked = process.argv.slice(2);
const kind = Object.keys(SCRIPTS).find((flag) => asked.includes(flag));
if (!kind) {
  console.error(`usage: npm run golden -- ${Object.keys(SCRIPTS).join(" DIR | ")} DIR`);
  process.exit(2);
}
const script = fileURLToPath(new URL(SCRIPTS[kind], import.meta.url));
const { status } = spawnSync(process.execPath, [script, ...asked], { stdio: "inherit" });
process.exit(status ?? 1);
