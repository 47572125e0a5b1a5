import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeStrings, npyHeader, type WritableDtype } from "@winnow/npy";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.js";

const CLASSES = ["animals", "weather", "machines"];
const ROWS = 240;
const COLUMNS = 8;

let state = 3;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

/** Texts that say nothing of their class: only the vectors do. Every tenth label is wrong. */
const rows = Array.from({ length: ROWS }, (_, i) => {
  const truth = Math.floor(random() * 3);
  const isWrong = i % 10 === 4;
  return {
    id: `r${i}`,
    text: `word${Math.floor(random() * 9)} and word${Math.floor(random() * 9)} of ${i}`,
    truth,
    label: CLASSES[isWrong ? (truth + 1) % 3 : truth]!,
    isWrong,
    vector: Array.from({ length: COLUMNS }, (_, c) => random() - 0.5 + 2 * Number(c % 3 === truth)),
  };
});
const vectors = rows.map(({ vector }) => vector);
const REJECTED = 3;

let dir: string;
const path = (name: string) => join(dir, name);

function writeNpy(name: string, values: number[][], dtype: WritableDtype = "float32"): void {
  const flat = values.flat();
  const array = dtype === "float64" ? Float64Array.from(flat) : Float32Array.from(flat);
  const header = npyHeader({ dtype, shape: [values.length, values[0]!.length] });
  writeFileSync(path(name), Buffer.concat([header, new Uint8Array(array.buffer)]));
}

/** The same file in the order that Fortran has: column by column. */
function writeByColumns(name: string, values: number[][]): void {
  const header = npyHeader({ dtype: "float32", shape: [values.length, values[0]!.length] });
  const text = Buffer.from(header).toString("latin1").replace("False, 's", "True,  's");
  const flat = values[0]!.flatMap((_, c) => values.map((row) => row[c]!));
  const bytes = new Uint8Array(Float32Array.from(flat).buffer);
  writeFileSync(path(name), Buffer.concat([Buffer.from(text, "latin1"), bytes]));
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-vectors-"));
  const lines = rows.map(({ id, text, label }) => `${id},${text},${label}`);
  lines.splice(REJECTED, 0, "x,,animals");
  writeFileSync(path("titles.csv"), ["id,text,label", ...lines].join("\n"));
  writeNpy("kept.npy", vectors);
  writeNpy("records.npy", vectors.toSpliced(REJECTED, 0, new Array(COLUMNS).fill(Number.NaN)));
});

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

const ENV = { WINNOW_URL: "http://127.0.0.1:9", DATABASE_URL: "", REDIS_URL: "" };
const winnow = (...args: string[]) =>
  runCli(["audit", "titles.csv", "--id-column", "id", ...args], { env: ENV, cwd: dir });

async function scores(...args: string[]): Promise<string> {
  const { code, stderr } = await winnow(...args, "--no-files", "--scores", "scores.csv");
  expect(code, stderr).toBe(0);
  return readFileSync(path("scores.csv"), "utf8");
}

describe("winnow audit with vectors", () => {
  it("finds what the texts do not tell, by four members that are shown", async () => {
    const { code, stdout, stderr } = await winnow(
      ...["--embeddings", "kept.npy", "--evidence", "--json", "--top", "24"],
    );
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    const worst: { record: number; suggested: string; given: string }[] = report.worst;
    const found = worst.filter(({ record }) => rows[record - 1 - Number(record > 4)]!.isWrong);
    expect(found.length).toBeGreaterThan(0.8 * worst.length);
    const members = report.model.members as { name: string; share: number }[];
    expect(members.map(({ name }) => name)).toEqual([
      "quick",
      "vectors",
      "second",
      "vectors-second",
    ]);
    expect(members.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(report.model.vectors).toMatchObject({ columns: COLUMNS });
    expect(report.warnings).toContainEqual(expect.objectContaining({ code: "few-rows" }));
    for (const flag of report.worst) {
      expect(flag.members.map(({ name }: { name: string }) => name)).toEqual(
        members.map(({ name }) => name),
      );
      expect(flag.nearest).toHaveLength(3);
      const own = vectors[flag.record - 1 - Number(flag.record > 4)]!;
      const similarity = (other: number[]) =>
        own.reduce((sum, value, c) => sum + value * other[c]!, 0) /
        (Math.hypot(...own) * Math.hypot(...other));
      const all = vectors.filter((vector) => vector !== own).map(similarity);
      const expected = all.sort((a, b) => b - a).slice(0, 3);
      flag.nearest.forEach(
        (near: { similarity: number; label: string; line: number }, i: number) => {
          expect(near.similarity).toBeCloseTo(expected[i]!, 5);
          expect(CLASSES).toContain(near.label);
        },
      );
    }
  });

  it("writes nearest rows into the noise file, and shows them", async () => {
    const { code, stdout } = await winnow(
      "--embeddings",
      "kept.npy",
      "--evidence",
      "--out",
      "split",
    );
    expect(code).toBe(0);
    expect(stdout).toContain("Nearest rows by vectors");
    const noise = parse(readFileSync(path("split/noise.csv")), { columns: true });
    for (const { evidence } of noise as { evidence: string }[]) {
      expect(JSON.parse(evidence).nearest).toHaveLength(3);
    }
  });

  it("takes one vector a record or one a kept row, in any type, order and container", async () => {
    const expected = await scores("--embeddings", "kept.npy");
    expect(await scores("--embeddings", "records.npy")).toBe(expected);
    writeByColumns("columns.npy", vectors);
    expect(await scores("--embeddings", "columns.npy")).toBe(expected);
    const doubles = vectors.map((row) => row.map(Math.fround));
    writeNpy("doubles.npy", doubles, "float64");
    expect(await scores("--embeddings", "doubles.npy")).toBe(expected);
    writeNpy("turned.npy", vectors.toReversed());
    const ids = rows.map(({ id }) => id).reverse();
    const header = npyHeader({ dtype: "str", characters: 4, shape: [ROWS] });
    writeFileSync(path("ids.npy"), Buffer.concat([header, encodeStrings(ids, 4)]));
    const byId = ["--embeddings", "turned.npy", "--embeddings-ids", "ids.npy"];
    expect(await scores(...byId)).toBe(expected);
    const { code, stderr } = await runCli(["audit", "titles.csv", "--id-column", "text", ...byId], {
      env: ENV,
      cwd: dir,
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /unknown-id: titles.csv, line 2: the row has the id "word.*--id-column/s,
    );
  }, 360_000);

  it("refuses what does not fit, and says what and where", async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await winnow(...args, "--out", "nothing");
      expect(code).toBe(1);
      return stderr;
    };
    writeNpy("short.npy", vectors.slice(1));
    expect(await refused("--embeddings", "short.npy")).toMatch(
      /length-mismatch: short.npy has 239 vectors and titles.csv has 241 records, of which 240 are kept/,
    );
    const broken = vectors.map((row) => row.slice());
    broken[17]![5] = Number.NaN;
    writeNpy("broken.npy", broken);
    expect(await refused("--embeddings", "broken.npy")).toContain(
      "invalid-vectors: broken.npy: row 17, column 5: NaN is not a finite number",
    );
    const labels = npyHeader({ dtype: "float32", shape: [ROWS] });
    writeFileSync(path("flat.npy"), Buffer.concat([labels, new Uint8Array(4 * ROWS)]));
    expect(await refused("--embeddings", "flat.npy")).toContain(
      "wrong-dimensions: flat.npy: vectors have the shape (rows, columns); this array has (240)",
    );
    const whole = npyHeader({ dtype: "int32", shape: [ROWS, 2] });
    writeFileSync(path("whole.npy"), Buffer.concat([whole, new Uint8Array(8 * ROWS)]));
    expect(await refused("--embeddings", "whole.npy")).toContain("this array has int32");
    expect(await refused("--embeddings", "titles.csv")).toMatch(/not-npy: titles.csv: /);
    expect(await refused("--embeddings", "absent.npy")).toContain(
      "file-not-found: There is no file absent.npy.",
    );
    expect(await refused("--embeddings-ids", "ids.npy")).toContain("embeddings-missing");
    expect(existsSync(path("nothing"))).toBe(false);
  }, 360_000);
});
