/**
 * `npm test`: prepare, lint, types, then every test (or those whose paths contain the arguments).
 * With --chaos (`npm run test:chaos`): the chaos tests alone, at full scale. The last line is
 * `N passed, N failed, N skipped`. A skipped test fails the run, as does a run without tests.
 */
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bin, PrepareError, prepare, run } from "./prepare.mjs";

const reportDir = mkdtempSync(join(tmpdir(), "winnow-report-"));
const report = join(reportDir, "vitest.json");
const isChaos = process.argv.includes("--chaos");
/** The same for all files of the run; printed with every figure. */
const CHAOS_SEED = process.env.CHAOS_SEED || String(randomInt(2 ** 31));

try {
  await prepare();
  await timed("lint", () => run(bin("biome"), ["check", "."]));
  await timed("types", () => run(bin("tsc"), ["-b"]));
  const isVitestContent = await runVitest();
  const { passed, failed, skipped, figures } = readReport();
  if (figures.length > 0) console.log(`\n${figures.join("\n")}\n`);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  const isGood = isVitestContent && passed > 0 && failed === 0 && skipped === 0;
  process.exitCode = isGood ? 0 : 1;
} catch (error) {
  console.error(error instanceof PrepareError ? error.message : error);
  console.log("0 passed, 1 failed, 0 skipped");
  process.exitCode = 1;
} finally {
  rmSync(reportDir, { recursive: true, force: true });
}

async function runVitest() {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const config = isChaos ? ["--config", "test/chaos/vitest.config.ts"] : [];
  const given = process.argv.slice(2).filter((argument) => argument !== "--chaos");
  const env = { CHAOS_SEED, ...(isChaos ? { CHAOS_SCALE: "full" } : {}) };
  const args = ["run", ...config, ...reporters, ...given];
  return run(bin("vitest"), args, { show: true, env }).then(
    () => true,
    () => false,
  );
}

/** Tests by outcome. A file that fails outside its tests (it does not load, a hook throws) counts as one. */
function readReport() {
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const count = { passed: 0, failed: 0, skipped: 0, figures: [] };
  for (const { status, assertionResults } of testResults) {
    for (const test of assertionResults) {
      count[outcomeOf(test.status)] += 1;
      if (test.meta?.figures) count.figures.push(test.meta.figures);
    }
    const hasFailedTest = assertionResults.some((test) => outcomeOf(test.status) === "failed");
    if (status === "failed" && !hasFailedTest) count.failed += 1;
  }
  return count;
}

function outcomeOf(status) {
  return status === "passed" || status === "failed" ? status : "skipped"; // pending, todo, disabled
}

async function timed(name, work) {
  const startedAt = performance.now();
  process.stdout.write(`  ${name} ... `);
  await work();
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}
