import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The command of a Python 3, or null where there is none. */
export const PYTHON =
  ["python3", "python"].find((command) => {
    const { stdout } = spawnSync(command, ["--version"], { encoding: "utf8" });
    return stdout?.startsWith("Python 3") ?? false;
  }) ?? null;

/** The same, if it has pyarrow. */
export const PYARROW =
  PYTHON !== null && spawnSync(PYTHON, ["-c", "import pyarrow.parquet"]).status === 0
    ? PYTHON
    : null;

/** Reads a file as Python's documentation says, and prints its records as one JSON list. */
const READERS = {
  csv: "records = list(csv.DictReader(open(path, newline='', encoding='utf-8')))",
  tsv: "records = list(csv.DictReader(open(path, newline='', encoding='utf-8'), delimiter='\\t'))",
  "csv rows": "records = list(csv.reader(open(path, newline='', encoding='utf-8')))",
  "jsonl digits":
    "records = [json.loads(line, parse_int=str, parse_float=str) for line in open(path, newline='\\n', encoding='utf-8')]",
  jsonl: "records = [json.loads(line) for line in open(path, newline='\\n', encoding='utf-8')]",
  parquet:
    "import pyarrow.parquet\ntable = pyarrow.parquet.read_table(path)\nrecords = [{f.name: str(f.type) for f in table.schema}] + [{k: None if v is None else str(v) for k, v in row.items()} for row in table.to_pylist()]",
} as const;

/** The records of a table or jsonl file as Python's `csv` and `json` read them; of "csv rows"
 * lists, of "jsonl digits" with numbers as they stand. Of parquet, as pyarrow reads it, first the types
 * and then the rows, both as texts. */
export function readWithPython(
  python: string,
  format: keyof typeof READERS,
  file: Uint8Array,
): Record<string, unknown>[] {
  const folder = mkdtempSync(join(tmpdir(), "winnow-python-"));
  try {
    const path = join(folder, "file");
    writeFileSync(path, file);
    const script = `import csv, json, sys\npath = sys.argv[1]\n${READERS[format]}\nprint(json.dumps(records))`;
    const { stdout, stderr, status } = spawnSync(python, ["-c", script, path], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    if (status !== 0) throw new Error(`Python failed: ${stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
