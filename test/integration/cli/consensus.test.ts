import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npyHeader } from "@winnow/npy";
import { parse } from "csv-parse/sync";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.js";

const CLASSES = ["animals", "weather, news", "machines"];
const WORDS = [
  ["cat", "dog", "horse", "feather", "barks", "meadow"],
  ["rain", "storm", "cloud", "sunny", "wind", "degrees"],
  ["engine", "wheel", "motor", "gear", "diesel", "torque"],
];
const ANNOTATORS = ["ann", "bob", "cem"];
/** How often each is right. */
const SKILLS = [0.95, 0.8, 0.6];
const ROWS = 300;

interface Row {
  readonly id: string;
  readonly text: string;
  readonly note: string;
  readonly truth: number;
  readonly votes: readonly (number | null)[];
}

function makeRows(): Row[] {
  let state = 9;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(limit * random());
  return Array.from({ length: ROWS }, (_, i) => {
    const truth = i % 3;
    const words = Array.from({ length: 6 }, () => WORDS[truth]![below(6)]!);
    const votes = SKILLS.map((skill): number | null =>
      random() < 0.2 ? null : random() < skill ? truth : below(3),
    );
    // Nobody has labelled two of the rows.
    if (i === 7 || i === 8) votes.fill(null);
    else if (!votes.some((vote) => vote !== null)) votes[0] = truth;
    return { id: `r${i}`, text: `${words.join(" ")} the ${i}`, note: `n "${i}"`, truth, votes };
  });
}

const rows = makeRows();
const voted = rows.filter(({ votes }) => votes.some((vote) => vote !== null));
const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
const nameOf = (vote: number | null) => (vote === null ? "" : CLASSES[vote]!);

/** By row: how probable each class is to a model that is mostly right. */
function probabilities(of: readonly Row[], order: readonly number[] = [0, 1, 2]): Buffer {
  const probs = of.flatMap(({ truth }, i) => {
    const sure = i % 10 === 0 ? 0.4 : 0.9;
    return order.map((c) => (c === truth ? sure : (1 - sure) / 2));
  });
  const header = npyHeader({ dtype: "float64", shape: [of.length, 3] });
  return Buffer.concat([header, new Uint8Array(Float64Array.from(probs).buffer)]);
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-cli-consensus-"));
  const lines = rows.map(({ id, text, note, votes }) =>
    [id, text, note, ...votes.map(nameOf)].map(cell).join(","),
  );
  writeFileSync(
    join(dir, "votes.csv"),
    [`id,text,note,${ANNOTATORS.join(",")}`, ...lines].join("\n"),
  );
  writeFileSync(join(dir, "classes.json"), JSON.stringify(CLASSES));
  writeFileSync(join(dir, "probs.npy"), probabilities(rows));
  writeFileSync(join(dir, "other.npy"), probabilities(rows, [2, 0, 1]));
  writeFileSync(join(dir, "short.npy"), probabilities(rows.slice(0, 10)));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const consensus = (...args: string[]) => runCli(["consensus", ...args], { cwd: dir });
const COLUMNS = ["--annotator-columns", ANNOTATORS.join(",")];

describe("winnow consensus", () => {
  it("writes every row's consensus beside its columns, by the quick model", async () => {
    const { code, stdout } = await consensus("votes.csv", ...COLUMNS, "--annotators", "who.csv");
    expect(code).toBe(0);
    for (const line of stdout.split("\n")) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/298 rows {2}3 classes {2}\d+ votes {2}2 rejected/);
    expect(stdout).toMatch(/cem .*\n.*bob .*\n.*ann /);

    const written: Record<string, string>[] = parse(
      readFileSync(join(dir, "votes.consensus.csv")),
      { columns: true },
    );
    expect(Object.keys(written[0]!)).toEqual([
      ...["id", "text", "note", ...ANNOTATORS],
      ...["consensus", "quality", "agreement", "votes", "majority"],
    ]);
    expect(written.map(({ id, note, bob }) => [id, note, bob])).toEqual(
      voted.map(({ id, note, votes }) => [id, note, nameOf(votes[1]!)]),
    );
    const right = (column: string) =>
      written.filter((row, i) => row[column] === CLASSES[voted[i]!.truth]).length;
    expect(right("consensus")).toBeGreaterThan(right("majority"));
    expect(right("consensus")).toBeGreaterThan(0.95 * voted.length);
    for (const [i, { votes, agreement, quality, consensus: label }] of written.entries()) {
      const own = voted[i]!.votes.filter((vote) => vote !== null);
      expect(Number(votes)).toBe(own.length);
      const same = own.filter((vote) => CLASSES[vote] === label).length;
      expect(Number(agreement)).toBe(same / own.length);
      expect(Number(quality)).toBeGreaterThan(1 / 3);
    }

    const who: Record<string, string>[] = parse(readFileSync(join(dir, "who.csv")), {
      columns: true,
    });
    expect(who.map(({ annotator }) => annotator)).toEqual(ANNOTATORS);
    const qualities = who.map(({ quality }) => Number(quality));
    expect(qualities[0]).toBeGreaterThan(qualities[1]!);
    expect(qualities[1]).toBeGreaterThan(qualities[2]!);
  });

  it("takes probabilities of one's own, of all records or of the kept rows", async () => {
    const given = ["--label-names", "classes.json", "--json", "-o", "own.csv"];
    const all = await consensus("votes.csv", ...COLUMNS, "--probabilities", "probs.npy", ...given);
    expect(all.code).toBe(0);
    const report = JSON.parse(all.stdout);
    expect(report).toMatchObject({ rows: 298, rejected: 2, classes: CLASSES });
    expect(report.annotators.map(({ annotator }: { annotator: string }) => annotator)).toEqual([
      "cem",
      "bob",
      "ann",
    ]);
    // Rows that nobody labelled say nothing, so they may be missing from the array too.
    const isVoted = (row: Row) => row.votes.some((vote) => vote !== null);
    const whole = probabilities(rows);
    const header = whole.length - ROWS * 24;
    const kept = rows.flatMap((row, i) =>
      isVoted(row) ? [whole.subarray(header + i * 24, header + (i + 1) * 24)] : [],
    );
    const shape = npyHeader({ dtype: "float64", shape: [kept.length, 3] });
    writeFileSync(join(dir, "kept.npy"), Buffer.concat([shape, ...kept]));
    const own = await consensus("votes.csv", ...COLUMNS, "--probabilities", "kept.npy", ...given);
    expect(JSON.parse(own.stdout)).toEqual(report);
  });

  it("refuses what allows no consensus, and writes nothing", async () => {
    writeFileSync(join(dir, "apart.csv"), "text,ann,bob\nx,a,\ny,,b\nz,a,\n");
    writeFileSync(join(dir, "alike.csv"), "text,ann,bob\nx,a,a\ny,a,a\n");
    const given = ["--label-names", "classes.json"];
    const cases: readonly [args: readonly string[], says: RegExp][] = [
      [["apart.csv", "--annotator-columns", "ann,bob"], /no row has votes of two annotators/],
      [["alike.csv", "--annotator-columns", "ann,bob"], /Every kept row has the label "a"/],
      [["votes.csv", "--annotator-columns", "ann"], /at least two columns/],
      [["votes.csv", "--annotator-columns", "ann,dan"], /no column "dan"|"dan"/],
      [["votes.csv", ...COLUMNS, "--label-column", "ann"], /pass one/],
      [["votes.csv", ...COLUMNS, "--probabilities", "probs.npy"], /--label-names says which/],
      [
        ["votes.csv", ...COLUMNS, "--probabilities", "short.npy", ...given],
        /10 rows and .* 300\s+records,\s+of\s+which\s+298\s+are\s+kept/,
      ],
      [
        ["votes.csv", ...COLUMNS, "--probabilities", "other.npy", ...given],
        /class-order[\s\S]*--force/,
      ],
      [
        ["votes.csv", ...COLUMNS, "-o", "votes.csv"],
        /votes\.csv would replace votes\.csv, which is read/,
      ],
    ];
    for (const [args, says] of cases) {
      const { code, stderr } = await consensus("-o", "never.csv", ...args);
      expect(stderr).toMatch(says);
      expect(code).toBe(1);
      expect(existsSync(join(dir, "never.csv"))).toBe(false);
    }
  });
});
