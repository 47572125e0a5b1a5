/**
 * `npm run check:contract`: holds the served OpenAPI document to the service, with other people's
 * tools. On a keyless and on a keyed service of its own: redocly lints the document; clients made by
 * openapi-python-client and openapi-typescript run the pipeline; datamodel-code-generator must find a
 * name for every class; schemathesis sends requests with all checks, and follows the links. Fails on
 * any finding that schemathesis.toml does not explain. The tools are installed into .winnow/contract.
 * CONTRACT_SECONDS bounds each of the two runs of schemathesis (default 180), CONTRACT_SEED repeats one.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { openService } from "./service.mjs";
import { run, TOOLS_DIR, tools } from "./tools.mjs";

const HERE = import.meta.dirname;
const SECONDS = Number(process.env.CONTRACT_SECONDS || 180);
const SEED = process.env.CONTRACT_SEED || "1";
const faults = [];

const { python, node } = await tools();
for (const mode of ["keyless", "keyed"]) {
  const work = join(TOOLS_DIR, mode);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const service = await openService(join(work, "data"), { keyed: mode === "keyed" });
  try {
    const document = join(work, "openapi.json");
    writeFileSync(document, await (await fetch(`${service.url}/openapi.json`)).text());
    console.log(`\n${mode} service at ${service.url}, openapi.json`);
    await step("redocly lint", () => lint(document));
    await step("datamodel-code-generator", () => models(document, work));
    await step("openapi-python-client", () => pythonClient(document, work, service));
    await step("openapi-typescript", () => typescriptClient(document, work, service));
    await step("schemathesis", () => fuzz(work, service));
  } finally {
    await service.close();
  }
}
console.log(faults.length === 0 ? "\nno findings" : `\n${faults.length} findings`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function step(name, work) {
  const startedAt = performance.now();
  const found = [];
  const said = await work((fault) => found.push(fault)).catch((error) => {
    found.push(error.message);
    return "failed";
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`  ${found.length === 0 ? "ok" : "FAILED"}  ${name}: ${said} (${seconds} s)`);
  for (const fault of found) console.log(`    ${fault.replaceAll("\n", "\n    ")}`);
  faults.push(...found);
}

async function lint(document) {
  const { output } = await run(node("redocly"), ["lint", "--format=json", document]);
  const { totals } = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1));
  const { errors, warnings } = totals;
  if (errors + warnings > 0) throw new Error(output);
  return `${errors} errors, ${warnings} warnings`;
}

async function models(document, work) {
  const file = join(work, "models.py");
  const options = ["--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel"];
  await must(python("datamodel-codegen"), ["--input", document, "--output", file, ...options]);
  const classes = [...readFileSync(file, "utf8").matchAll(/^class (\w+)/gm)].map(
    ([, name]) => name,
  );
  const numbered = classes.filter((name) => /\d$/.test(name));
  if (numbered.length > 0) throw new Error(`numbered classes: ${numbered.join(", ")}`);
  return `${classes.length} classes, none numbered`;
}

async function pythonClient(document, work, { url, key }) {
  const folder = join(work, "winnow_client");
  const config = join(HERE, "openapi-python-client.yaml");
  const options = ["--meta", "none", "--fail-on-warning", "--config", config];
  const args = ["generate", ...options, "--path", document];
  await must(python("openapi-python-client"), [...args, "--output-path", folder]);
  return must(python("python"), [join(HERE, "pipeline.py"), work, url, ...(key ? [key] : [])]);
}

async function typescriptClient(document, work, { url, key }) {
  const folder = join(TOOLS_DIR, "node", basename(work));
  mkdirSync(folder, { recursive: true });
  // What has a default may be left out of a request.
  const output = ["-o", join(folder, "schema.ts"), "--default-non-nullable", "false"];
  await must(node("openapi-typescript"), [document, ...output]);
  writeFileSync(join(folder, "pipeline.ts"), readFileSync(join(HERE, "pipeline.ts")));
  const strict = [
    "--ignoreConfig",
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2022",
    "--types",
    "node",
  ];
  const types = ["--typeRoots", join(HERE, "../../node_modules/@types")];
  const files = [join(folder, "pipeline.ts"), join(folder, "schema.ts")];
  await must(join(HERE, "../../node_modules/.bin/tsc"), [...files, ...strict, ...types]);
  return must(process.execPath, [join(folder, "pipeline.js"), url, ...(key ? [key] : [])]);
}

async function fuzz(work, { url, key }) {
  const report = join(work, "schemathesis.json");
  const args = [
    ...["--config-file", join(HERE, "schemathesis.toml"), "run", `${url}/openapi.json`],
    ...["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful"],
    ...["--max-examples", "20", "--max-time", String(SECONDS), "--seed", SEED, "--no-color"],
    ...["--report", "json", "--report-json-path", report],
    ...(key ? ["--header", `Authorization: Bearer ${key}`] : []),
  ];
  // It leaves a cache where it runs.
  const { output } = await run(python("schemathesis"), args, work);
  writeFileSync(join(work, "schemathesis.txt"), output);
  const { test_cases: calls, failures, errors } = JSON.parse(readFileSync(report, "utf8"));
  const found = [...failures, ...errors];
  const summary = `${calls.generated} calls, ${calls.unique_failures} findings`;
  if (found.length > 0) throw new Error(`${summary}\n${output.slice(-20_000)}`);
  return summary;
}

async function must(command, args) {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output.slice(-4_000)}`);
  return output.trim().split("\n").at(-1) ?? "";
}
