/**
 * `npm test`: prepare, lint, types, then every test (or those whose paths contain the arguments).
 * With --chaos (`npm run test:chaos`): the chaos tests alone, at full scale. With --needs TOOL
 * (`npm run test:pooler`): the suites that need this tool alone; without it they fail. The last
 * line is `N passed, N failed, N skipped`, with a line for each failure before it. A skipped test fails
 * the run, as does a run without tests.
 */
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { infraLeftOut, installInfraTools } from "../checks/tools.mjs";
import { DEBIAN_TOOLS, findTool, leftOut } from "./debian-tools.mjs";
import { bin, PrepareError, prepare, run } from "./prepare.mjs";

const reportDir = mkdtempSync(join(tmpdir(), "winnow-report-"));
const report = join(reportDir, "vitest.json");
const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: { chaos: { type: "boolean", default: false }, needs: { type: "string" } },
});
const isChaos = options.chaos;
/** The same for all files of the run; printed with every figure. */
const CHAOS_SEED = process.env.CHAOS_SEED || String(randomInt(2 ** 31));

try {
  const selected = [...paths, ...suitesOf(options.needs)];
  await prepare();
  await installInfraTools().catch(() => {}); // its suites are left out, as the end says
  await timed("lint", () => run(bin("biome"), ["check", "."]));
  await timed("types", () => run(bin("tsc"), ["-b"]));
  const isVitestContent = await runVitest(selected);
  const { passed, failed, skipped, figures, failures } = readReport();
  if (figures.length > 0) console.log(`\n${figures.join("\n")}\n`);
  if (selected.length === 0)
    for (const line of [...leftOut(), ...infraLeftOut()]) console.log(line);
  for (const failure of failures) console.log(`failed: ${failure}`);
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

/** What `--needs` selects: paths, which vitest compares with the beginning of what follows the root. */
function suitesOf(tool) {
  if (tool === undefined) return [];
  if (!Object.hasOwn(DEBIAN_TOOLS, tool)) throw new PrepareError(`No suite needs ${tool}.`);
  if (findTool(tool) === undefined) {
    const { package: debian } = DEBIAN_TOOLS[tool];
    throw new PrepareError(`${tool} is not installed: \`apt-get install ${debian}\`.`);
  }
  return DEBIAN_TOOLS[tool].suites.map((suite) => suite.replace(/\*.*$/, ""));
}

async function runVitest(selected) {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const config = isChaos ? ["--config", "test/chaos/vitest.config.ts"] : [];
  const env = { CHAOS_SEED, ...(isChaos ? { CHAOS_SCALE: "full" } : {}) };
  const args = ["run", ...config, ...reporters, ...selected];
  return run(bin("vitest"), args, { show: true, env }).then(
    () => true,
    () => false,
  );
}

/** Tests by outcome. A file that fails outside its tests (it does not load, a hook throws) counts as one. */
function readReport() {
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  const count = { passed: 0, failed: 0, skipped: 0, figures: [], failures: [] };
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(process.cwd(), name);
    for (const test of assertionResults) {
      count[outcomeOf(test.status)] += 1;
      if (test.meta?.figures) count.figures.push(test.meta.figures);
    }
    const failed = assertionResults.filter((test) => outcomeOf(test.status) === "failed");
    for (const { fullName, failureMessages } of failed) {
      count.failures.push(`${file} > ${fullName}: ${firstLine(failureMessages?.join("\n"))}`);
    }
    if (status === "failed" && failed.length === 0) {
      count.failed += 1;
      count.failures.push(`${file}: ${firstLine(message)}`);
    }
  }
  return count;
}

function firstLine(message = "") {
  return stripVTControlCharacters(message).trim().split("\n", 1)[0].slice(0, 1000);
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
