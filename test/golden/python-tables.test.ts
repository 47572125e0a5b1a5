import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type DatasetFormat, readWhole } from "@winnow/corpus";
import { expect, it } from "vitest";
import { PYTHON } from "../support/python.js";

interface PythonTable {
  file: string;
  format: DatasetFormat;
  rows: [text: string, label: string, extra: string][];
  /** Where each row begins in the file. */
  lines: number[];
}

const TABLES = 10_000;
const script = fileURLToPath(new URL("python-tables.py", import.meta.url));

it(`${TABLES} tables of Python's csv module read back as they were written`, {
  timeout: 240_000,
}, async () => {
  if (PYTHON === null) {
    console.log("left out: the tables of Python's csv module, because there is no Python 3");
    return;
  }
  const { stdout, stderr, status } = spawnSync(PYTHON, [script, String(TABLES)], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  expect([status, stderr]).toEqual([0, ""]);
  const tables = stdout.trimEnd().split("\n");
  expect(tables.length).toBe(TABLES);
  for (const line of tables) {
    const { file, format, rows, lines } = JSON.parse(line) as PythonTable;
    const { samples, rejects, classes } = await readWhole(Buffer.from(file, "base64"), { format });
    const seen = new Map(
      samples.map(({ line: at, text, classIndex, cells }) => [
        at,
        [text, classes[classIndex]?.name, cells?.[2]],
      ]),
    );
    for (const { line: at, reason } of rejects) seen.set(at, [reason]);
    const expected = rows.map(([text, label, extra], i) => {
      const fault = text.trim() === "" ? "empty-text" : label.trim() === "" ? "empty-label" : null;
      return [lines[i], fault ? [fault] : [text, label.trim(), extra]];
    });
    expect(
      [...seen].sort(([a], [b]) => a - b),
      line,
    ).toEqual(expected);
  }
});
