import { expect, it } from "vitest";
import { parse } from "yaml";
import { datasetCard } from "./dataset-card.js";
import type { HubFolder } from "./dataset-folder.js";
import { dtypeOf } from "./features.js";

const FOLDER: HubFolder = {
  name: "titles",
  description: null,
  license: null,
  url: null,
  creator: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  classes: [],
  configs: [],
  source: { name: "titles.csv", sha256: null },
  madeBy: "winnow 0.1.0",
  notes: [],
};

/** Names of classes that a reader of YAML 1.1 takes for another value, or cannot read. */
const NAMES = [
  ...[
    "yes",
    "No",
    "on",
    "null",
    "~",
    "",
    "12:30",
    "1_000",
    "0x1f",
    ".inf",
    "2020-01-01",
    "<<",
    "=",
  ],
  ...[
    "a: b",
    "# a",
    "- a",
    "*a",
    "&a",
    "!a",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    '"',
    "\\",
    "{a}",
    "[a]",
  ],
  ...[
    "---",
    "...",
    "line\nbreak",
    "a\r\nb",
    "\ttab ",
    " blanks ",
    "x".repeat(500),
    "a ".repeat(200),
  ],
  ...[
    "\u0085",
    "\u00A0",
    "\u2028a\u2029",
    "\uFEFF",
    "\u007F",
    "\u0080",
    "汉字",
    "\u{1F600}",
    "__proto__",
  ],
];

it("gives every name of a class back, whatever it is", () => {
  const columns = [{ name: "label", type: "long", isClass: true } as const];
  const config = { name: "cleaned", description: "", rows: 1, columns, files: [] };
  const card = datasetCard({ ...FOLDER, classes: NAMES, configs: [config] });
  const header = card.slice(4, card.indexOf("\n---\n"));
  const { dataset_info } = parse(header, { version: "1.1", maxAliasCount: -1 });
  const { names } = dataset_info[0].features[0].dtype.class_label;
  expect(NAMES.map((_, i) => names[i])).toEqual(NAMES);
  // What the specification calls unprintable is escaped, and nothing is broken over lines.
  expect(header).not.toMatch(/[\u007F-\u009F\u2028\u2029\uFEFF]/);
});

it("names the type in which Arrow reads a column, or none", () => {
  expect(dtypeOf({ type: "BYTE_ARRAY", converted_type: "UTF8" })).toBe("string");
  expect(dtypeOf({ type: "INT32", converted_type: "INT_8" })).toBe("int8");
  expect(dtypeOf({ type: "INT32", converted_type: "DECIMAL", precision: 5, scale: 2 })).toBe(
    "decimal128(5, 2)",
  );
  expect(dtypeOf({ type: "INT64", converted_type: "TIMESTAMP_MILLIS" })).toBe(
    "timestamp[ms, tz=UTC]",
  );
  const local = { type: "TIMESTAMP", unit: "NANOS", isAdjustedToUTC: false };
  expect(dtypeOf({ type: "INT64", logical_type: local })).toBe("timestamp[ns]");
  for (const odd of ["FIXED_LEN_BYTE_ARRAY", "INT96"]) expect(dtypeOf({ type: odd })).toBeNull();
  expect(dtypeOf({ type: "INT32", converted_type: "TIME_MILLIS" })).toBeNull();
});
