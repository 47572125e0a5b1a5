/**
 * `npm run check:infra`: the chart, the rendered Kustomize base, Compose files, Dockerfiles, alert rules
 * and dashboard. With --write it renders the base again first.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { HELM, installInfraTools } from "./tools.mjs";

const ROOT = join(import.meta.dirname, "../..");

await installInfraTools();
if (process.argv.includes("--write")) {
  const chart = join(ROOT, "infra/helm/winnow");
  const { stdout, stderr, status } = spawnSync(HELM, ["template", "winnow", chart], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  writeFileSync(join(ROOT, "infra/kustomize/base/winnow.yaml"), stdout);
}
const vitest = join(ROOT, "node_modules/.bin/vitest");
const { status } = spawnSync(vitest, ["run", "test/infra"], { cwd: ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
