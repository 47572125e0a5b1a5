/**
 * `npm run check:exports`: whether others' programs open what Winnow exports. On a service of its own
 * it makes two datasets, one of which has a parquet column of every type, exports each as a dataset
 * folder, and compares what the real `datasets.load_dataset` and `mlcroissant` read with the plain
 * exports. Python's packages are installed into .winnow/exports.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openService } from "../contract/service.mjs";
import { install, once, run } from "../contract/tools.mjs";

const HERE = import.meta.dirname;
const ROOT = join(HERE, "../..");
const TOOLS_DIR = join(ROOT, ".winnow/exports");
const WINNOW = join(ROOT, "apps/cli/bin/winnow.mjs");
const SPLITS = ["cleaned", "noise", "relabelled", "soft"];
/** Names of classes that readers of YAML 1.1 take for something else. */
const CLASSES = ["yes", "12:30", "0", "null", "a: b", "国际", "\u0085\u2028x", 'a "b"'];

const python = await pythonOf(join(TOOLS_DIR, "python"));
const work = join(TOOLS_DIR, "work");
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const service = await openService(join(work, "data"), { keyed: false });
try {
  writeFileSync(join(work, "titles.jsonl"), titles());
  await must(python, [join(HERE, "every_type.py"), join(work, "types.parquet")]);
  await check("titles.jsonl", [
    "--format",
    "jsonl",
    "--text-column",
    "title",
    "--label-column",
    "kind",
  ]);
  await check("types.parquet", ["--text-column", "text", "--label-column", "label"]);
} finally {
  await service.close();
}

async function check(file, columns) {
  const winnow = (...args) => must(process.execPath, [WINNOW, ...args, "--url", service.url]);
  const dataset = idOf("ds", await winnow("ingest", join(work, file), ...columns, "--watch"));
  const run = idOf("cv", await winnow("train", dataset, "--model", "quick", "--watch"));
  const pruning = idOf("pr", await winnow("prune", run, "--watch"));
  const folder = join(work, `${file}-folder`);
  const words = [
    "--license",
    "CC-BY-4.0",
    "--creator",
    "Somebody",
    "--source-url",
    "https://example.org/x",
  ];
  await winnow("export", pruning, "--format", "hub", "-o", folder, ...words);
  for (const split of SPLITS) {
    const output = ["--split", split, "--format", "jsonl", "--columns", "winnow"];
    await winnow("export", pruning, ...output, "-o", join(work, `${file}-${split}.jsonl`));
  }
  console.log(await must(python, [join(HERE, "read_folder.py"), folder, join(work, file)]));
}

/** Rows with wrong labels, and values of every type of JSON in columns that are kept. */
function titles() {
  const rows = Array.from({ length: 800 }, (_, i) => {
    const kind = i % CLASSES.length;
    const given = i % 11 === 0 ? (kind + 1) % CLASSES.length : kind;
    const words = [kind * 3, kind * 3 + 1, kind * 3 + 2, i % 50].map((word) => `word${word}`);
    return {
      title: `${words.join(" ")} ${i}`,
      kind: CLASSES[given],
      label: i,
      flagged: i % 2 === 0,
      "a/b c": i / 4,
      deep: { list: [i, null, "x"] },
      ...(i % 3 === 0 ? { late: "=1+1" } : {}),
    };
  });
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function idOf(prefix, output) {
  const id = new RegExp(`\\b${prefix}_[0-9A-Za-z-]+`).exec(output)?.[0];
  if (!id) throw new Error(`no id ${prefix}_ in:\n${output}`);
  return id;
}

async function pythonOf(venv) {
  const requirements = join(HERE, "requirements.txt");
  await once(venv, readFileSync(requirements, "utf8"), async () => {
    await install("python3", ["-m", "venv", "--clear", venv]);
    const pip = ["-m", "pip", "install", "--quiet", "--requirement", requirements];
    await install(join(venv, "bin/python"), pip);
  });
  return join(venv, "bin/python");
}

async function must(command, args) {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  return output.trim();
}
