/**
 * `npm run check:python`: the Python client against a service of its own. Checks that its types are
 * those of the OpenAPI document (`-- --write` writes them), lints, checks the types, and runs its tests.
 * Python's packages are installed into .winnow/python. Exits with 3 where they cannot be had.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openService } from "../contract/service.mjs";
import { install, once, run } from "../contract/tools.mjs";

const ROOT = join(import.meta.dirname, "../..");
const CLIENT = join(ROOT, "clients/python");
const HEADER = "# Generated from the OpenAPI document by `npm run check:python -- --write`.";
const TYPES = join(CLIENT, "src/winnow_client/types.py");
const TOOLS_DIR = join(ROOT, ".winnow/python");

const program = await programs(join(TOOLS_DIR, "venv")).catch((error) => {
  console.log(`check:python was left out: it needs python3 with venv, and PyPI\n${error.message}`);
  process.exit(3);
});
const work = join(TOOLS_DIR, "work");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const service = await openService(join(work, "data"), { keyed: true });
let failed = 0;
try {
  await step("types of the OpenAPI document", generateTypes);
  await step("ruff", () => must("ruff", ["check", CLIENT]));
  await step("mypy", () => must("mypy", ["--config-file", join(CLIENT, "pyproject.toml")]));
  process.env.WINNOW_URL = service.url;
  process.env.WINNOW_API_KEY = service.key;
  await step("examples/own_probabilities.py", runExample);
  await step("examples/audit.ipynb", runNotebook);
  await step("pytest", () => must("pytest", ["-q", "-p", "no:cacheprovider", CLIENT]));
} finally {
  await service.close();
}
process.exitCode = failed === 0 ? 0 : 1;

async function step(name, work) {
  try {
    console.log(`  ok  ${name}: ${await work()}`);
  } catch (error) {
    failed += 1;
    console.log(`  FAILED  ${name}\n${error.message}`);
  }
}

async function generateTypes() {
  const document = join(work, "openapi.json");
  const made = join(work, "types.py");
  writeFileSync(document, await (await fetch(`${service.url}/openapi.json`)).text());
  await must("datamodel-codegen", [
    ...["--input", document, "--input-file-type", "openapi", "--output", made],
    ...["--output-model-type", "typing.TypedDict", "--target-python-version", "3.10"],
    ...["--use-union-operator", "--use-standard-collections", "--disable-timestamp"],
    ...["--enum-field-as-literal", "all", "--custom-file-header", HEADER],
  ]);
  const text = readFileSync(made, "utf8");
  if (process.argv.includes("--write")) {
    writeFileSync(TYPES, text);
    return "written";
  }
  if (readFileSync(TYPES, "utf8") === text) return "up to date";
  throw new Error("types.py is stale: run npm run check:python -- --write");
}

/** The program of examples/ that needs packages of Python. */
async function runExample() {
  const file = join(work, "titles.csv");
  const rows = Array.from({ length: 200 }, (_, i) => {
    const isOdd = i % 2 === 1;
    const isWrong = i % 40 === 0;
    return `${isOdd ? "river and boat" : "market and bank"} ${i},${isOdd === isWrong ? "money" : "water"}`;
  });
  writeFileSync(file, ["title,topic", ...rows].join("\n"));
  const example = join(ROOT, "examples/own_probabilities.py");
  const { code, output } = await run(program("python"), [example, file, "title", "topic"], work);
  const found = /^(\d+) labels flagged/m.exec(output)?.[1];
  if (code !== 0 || !(Number(found) > 0)) throw new Error(output.slice(-8_000));
  return `${found} labels flagged`;
}

/** Runs the notebook: what comes out must be what it holds; with `--write` it is written there. */
async function runNotebook() {
  const args = [join(import.meta.dirname, "run_notebook.py"), join(ROOT, "examples/audit.ipynb")];
  return await must("python", [...args, ...(process.argv.includes("--write") ? ["--write"] : [])]);
}

async function programs(venv) {
  const versions = readFileSync(join(CLIENT, "pyproject.toml"), "utf8");
  await once(venv, versions, async () => {
    await install("python3", ["-m", "venv", "--clear", venv]);
    const pip = ["-m", "pip", "install", "--quiet", "--editable", `${CLIENT}[test]`];
    await install(join(venv, "bin/python"), pip);
  });
  return (name) => join(venv, "bin", name);
}

async function must(name, args) {
  const { code, output } = await run(program(name), args, CLIENT);
  if (code !== 0) throw new Error(output.slice(-8_000));
  return output.trim().split("\n").at(-1) ?? "";
}
