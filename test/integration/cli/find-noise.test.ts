import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { arraySource, type FindOptions, findLabelIssues } from "@winnow/confident-learning";
import { npyHeader, type WritableDtype } from "@winnow/npy";
import { zipSync } from "fflate";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.js";

const N = 900;
const K = 5;
let dir: string;

/** Labels of which one in six is wrong, and probabilities that mostly know better, in eighths. */
function makeData() {
  const random = xoroshiro128plus(11);
  const labels = new Int32Array(N);
  const probs = new Float32Array(N * K);
  for (let i = 0; i < N; i++) {
    const truth = i % K;
    labels[i] = uniformFloat64(random) < 1 / 6 ? Math.floor(uniformFloat64(random) * K) : truth;
    const top = uniformFloat64(random) < 0.85 ? truth : Math.floor(uniformFloat64(random) * K);
    for (let j = 0; j < K; j++) probs[i * K + j] = 1 / 8;
    probs[i * K + top] = 1 / 2;
  }
  return { labels, probs };
}
const { labels, probs } = makeData();

const file = (name: string) => join(dir, name);
function saveNpy(
  name: string,
  dtype: WritableDtype,
  shape: number[],
  data: NodeJS.TypedArray,
): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(file(name), Buffer.concat([npyHeader({ dtype, shape }), bytes]));
  return file(name);
}

/** Labels and probabilities in one npz. */
const saveBoth = () =>
  writeFileSync(
    file("both.npz"),
    zipSync({
      "labels.npy": readFileSync(file("labels.npy")),
      "pred_probs.npy": readFileSync(file("probs.npy")),
    }),
  );

/** The answer of the same call on arrays in memory. */
async function expected(options: FindOptions = {}) {
  const issues = await findLabelIssues(arraySource(labels, probs, K), options);
  return {
    flagged: Array.from(issues.indices),
    counts: issues.counts,
    noiseRate: issues.noiseRate,
    noiseInterval: issues.noiseInterval,
    noise: issues.noise,
    thresholds: Array.from(issues.thresholds),
    confidentJoint: issues.confidentJoint,
  };
}

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "winnow-find-noise-"));
  saveNpy("labels.npy", "int64", [N], BigInt64Array.from(labels, BigInt));
  saveNpy("probs.npy", "float32", [N, K], probs);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const findNoise = (...args: string[]) =>
  runCli(["find-noise", "--labels", file("labels.npy"), "--probs", file("probs.npy"), ...args]);

describe("winnow find-noise", () => {
  it("prints the flags, counts, thresholds and joint, and nothing else", async () => {
    const { code, stdout } = await findNoise("--json");
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(Object.keys(answer)).toEqual([
      ...["flagged", "counts", "noiseRate", "noiseInterval", "noise", "thresholds"],
      "confidentJoint",
    ]);
    expect(answer).toEqual(await expected());
    expect(answer.flagged.length).toBeGreaterThan(50);
    expect(answer.confidentJoint.flat().reduce((a: number, b: number) => a + b)).toBe(N);
  });

  it("prints a table for people, to a terminal and to a pipe", async () => {
    const { flagged, noise } = await expected();
    const { code, stdout, stderr } = await findNoise("--top", "3");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`900 rows, 5 classes`);
    expect(stdout).toMatch(
      new RegExp(`estimated +${(100 * noise.rate).toFixed(1)} % +if wrong labels fall on rows`),
    );
    expect(stdout).toContain(
      `${(100 * noise.low).toFixed(1)} % to ${(100 * noise.high).toFixed(1)} %`,
    );
    expect(stdout).toContain(`${flagged.length} of 900 rows`);
    const rows = [...stdout.matchAll(/^ {2,}(\d+) +(\d+) +-?0\.\d{3} {2}(\d) → (\d)$/gm)];
    expect(rows.map(([, rank, row]) => [Number(rank), Number(row)])).toEqual(
      flagged.slice(0, 3).map((row, place) => [place + 1, row]),
    );
    const named = await findNoise("--top", "3", "--classes", "a,b,c,d,e");
    expect(named.stdout).toMatch(/ [a-e] → [a-e]$/m);
    const byRow = await findNoise("--order", "none");
    expect(byRow.stdout).toContain("The first 20, by row");
  });

  it("gives ascending indices with --order none: the same rows", async () => {
    const { stdout } = await findNoise("--order", "none", "--json");
    const { flagged } = JSON.parse(stdout);
    expect(flagged).toEqual([...flagged].sort((a: number, b: number) => a - b));
    expect(new Set(flagged)).toEqual(new Set((await expected()).flagged));
  });

  it("takes method, semantics and share of the noise", async () => {
    const args = ["--method", "prune_by_class", "--semantics", "cleanlab-2", "--frac-noise", "0.5"];
    const { stdout } = await findNoise(...args, "--order", "self_confidence", "--json");
    expect(JSON.parse(stdout)).toEqual(
      await expected({
        method: "prune_by_class",
        semantics: "cleanlab-2",
        fracNoise: 0.5,
        order: "self_confidence",
      }),
    );
  });

  it("reads float16 and float64 probabilities and labels of any integer type", async () => {
    // 1/8 and 1/2 are exact in all of them
    const halves = Uint16Array.from(probs, (p) => (p === 0.5 ? 0x3800 : 0x3000));
    const header = Buffer.from(npyHeader({ dtype: "float32", shape: [N, K] }));
    const at = header.indexOf("<f4");
    header.write("<f2", at, "latin1");
    const bytes = new Uint8Array(halves.buffer);
    writeFileSync(file("half.npy"), Buffer.concat([header, bytes]));
    saveNpy("double.npy", "float64", [N, K], Float64Array.from(probs));
    saveNpy("small.npy", "uint8", [N], Uint8Array.from(labels));
    const { flagged } = await expected({ order: "none" });
    for (const name of ["half.npy", "double.npy"]) {
      const args = [
        "--labels",
        file("small.npy"),
        "--probs",
        file(name),
        "--order",
        "none",
        "--json",
      ];
      const { code, stdout } = await runCli(["find-noise", ...args]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).flagged).toEqual(flagged);
    }
  });

  it.each([
    ["file-not-found", ["--labels", "nowhere.npy", "--probs", "nowhere.npy"]],
    ["wrong-dimensions", ["--probs", "cube.npy"]],
    ["wrong-dimensions", ["--labels", "cube.npy"]],
    ["wrong-dtype", ["--probs", "labels.npy"]],
    ["wrong-dimensions", ["--labels", "probs.npy"]],
    ["wrong-dtype", ["--labels", "floats.npy"]],
    ["wrong-dtype", ["--probs", "whole.npy"]],
    ["wrong-shape", ["--probs", "transposed.npy"]],
    ["wrong-shape", ["--probs", "one-column.npy"]],
    ["invalid-probabilities", ["--probs", "percent.npy"]],
    ["several-arrays", ["--probs", "both.npz"]],
    ["length-mismatch", ["--labels", "short.npy"]],
    ["label-out-of-range", ["--labels", "high.npy"]],
    ["data-truncated", ["--probs", "cut.npy"]],
    ["not-npy", ["--probs", "text.npy"]],
  ])("says %s in one line and fails", async (wanted, args) => {
    saveNpy("short.npy", "int32", [N - 1], labels.subarray(1));
    saveNpy(
      "high.npy",
      "int32",
      [N],
      labels.map((label, i) => (i === 7 ? K : label)),
    );
    saveNpy("whole.npy", "int32", [N, K], Int32Array.from(probs));
    saveNpy("transposed.npy", "float32", [K, N], probs);
    saveNpy(
      "percent.npy",
      "float32",
      [N, K],
      probs.map((p) => 100 * p),
    );
    saveNpy("one-column.npy", "float32", [N], new Float32Array(N).fill(0.5));
    saveNpy("floats.npy", "float32", [N], Float32Array.from(labels));
    saveNpy("cube.npy", "float32", [N, K, 1], probs);
    saveBoth();
    const cut = Buffer.concat([
      npyHeader({ dtype: "float32", shape: [N, K] }),
      new Uint8Array(100),
    ]);
    writeFileSync(file("cut.npy"), cut);
    writeFileSync(file("text.npy"), "label,text\n".repeat(50));
    const paths = args.map((arg) => (/\.np[yz]$/.test(arg) ? file(arg) : arg));
    const given = new Map([
      ["--labels", file("labels.npy")],
      ["--probs", file("probs.npy")],
    ]);
    for (let i = 0; i < paths.length; i += 2) given.set(paths[i] ?? "", paths[i + 1] ?? "");
    const { code, stdout, stderr } = await runCli(["find-noise", ...[...given].flat()]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(new RegExp(`^error {2}${wanted}: `));
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("refuses an unknown method and names the known ones", async () => {
    const { code, stderr } = await findNoise("--method", "guess");
    expect(code).toBe(1);
    expect(stderr).toContain("prune_by_noise_rate");
  });

  it("reads arrays in an npz, gzip, and arrays that are stored column by column", async () => {
    saveBoth();
    const text = Buffer.from(npyHeader({ dtype: "float32", shape: [N, K] })).toString("latin1");
    const columns = probs.map((_, at) => probs[(at % N) * K + Math.floor(at / N)]!);
    const fortran = Buffer.concat([
      Buffer.from(text.replace("False,", "True, "), "latin1"),
      Buffer.from(columns.buffer),
    ]);
    writeFileSync(file("fortran.npy"), fortran);
    writeFileSync(file("probs.npy.gz"), gzipSync(readFileSync(file("probs.npy"))));
    writeFileSync(file("one.npz"), zipSync({ "arr_0.npy": readFileSync(file("probs.npy")) }));
    const { flagged } = await expected();
    for (const [labelsFile, probsFile] of [
      ["both.npz:labels", "both.npz:pred_probs"],
      ["labels.npy", "fortran.npy"],
      ["labels.npy", "probs.npy.gz"],
      ["labels.npy", "one.npz"],
    ] as const) {
      const args = ["--labels", file(labelsFile), "--probs", file(probsFile)];
      const { code, stdout, stderr } = await runCli(["find-noise", ...args, "--json"]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(JSON.parse(stdout).flagged).toEqual(flagged);
    }
  });

  it("reads one column as the probabilities of class 1", async () => {
    const ones = Float64Array.from(labels, (label, i) => (label % 2) * 0.5 + 0.25 + (i % 8) / 64);
    const binary = labels.map((label, i) => (i % 11 === 0 ? 1 - (label % 2) : label % 2));
    saveNpy("binary.npy", "int32", [N, 1], binary);
    saveNpy("two.npy", "float64", [N, 2], Float64Array.from([...ones].flatMap((p) => [1 - p, p])));
    const answers = [];
    for (const [name, shape] of [
      ["one.npy", [N]],
      ["column.npy", [N, 1]],
      ["two.npy", null],
    ] as const) {
      if (shape) saveNpy(name, "float64", [...shape], ones);
      const args = ["--labels", file("binary.npy"), "--probs", file(name), "--json"];
      const { code, stdout } = await runCli(["find-noise", ...args]);
      expect(code).toBe(0);
      answers.push(JSON.parse(stdout));
    }
    expect(answers[0].flagged.length).toBeGreaterThan(20);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  describe("with columns in another order than the labels", () => {
    const order = [3, 0, 4, 1, 2];
    const shuffled = () => {
      const values = probs.map((_, at) => probs[at - (at % K) + order[at % K]!]!);
      return saveNpy("shuffled.npy", "float32", [N, K], values);
    };
    const run = (...args: string[]) =>
      runCli(["find-noise", "--labels", file("labels.npy"), "--probs", shuffled(), ...args]);
    const names = ["b", "d", "e", "a", "c"];
    /** The labels as names, in numpy's strings of one character. */
    const namedLabels = () => {
      const header = Buffer.from(npyHeader({ dtype: "float32", shape: [N] }));
      header.write("<U1", header.indexOf("<f4"), "latin1");
      const points = Uint32Array.from(labels, (label) => names[label]!.charCodeAt(0));
      writeFileSync(file("named.npy"), Buffer.concat([header, Buffer.from(points.buffer)]));
      return ["--labels", file("named.npy")];
    };

    it("refuses them with the numpy call that puts them in order", async () => {
      const { code, stdout, stderr } = await run("--json");
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(
        /^error {2}class-order: .* in \d+ of 900 rows; .* in \d{3} of 900 rows/,
      );
      // Column c of the right order stands at the place where `order` has c.
      const call = `np.save("probs.npy", probs[:, [${names.map((_, c) => order.indexOf(c)).join(", ")}]])`;
      expect(stderr).toContain(call);
      expect(stderr).toContain("--force");
    });

    it("uses them as they are with --force, and warns", async () => {
      const { code, stdout, stderr } = await run("--force", "--json");
      expect(code).toBe(0);
      expect(stderr).toContain("warning  class-order: ");
      expect(JSON.parse(stdout).flagged.length).toBeGreaterThan(N / 2);
    });

    it("labels that are names come with --classes; a wrong list is refused with the right one", async () => {
      const right = order.map((c) => names[c]!);
      const wrong = await run(...namedLabels(), "--classes", names.join(","));
      expect(wrong.code).toBe(1);
      expect(wrong.stderr).toContain(`--classes '${JSON.stringify(right)}'`);
      writeFileSync(file("names.txt"), right.join("\n"));
      for (const list of [JSON.stringify(right), right.join(","), file("names.txt")]) {
        const args = ["--classes", list, "--order", "none", "--json"];
        const { code, stdout } = await run(...namedLabels(), ...args);
        expect(code).toBe(0);
        expect(JSON.parse(stdout).flagged).toEqual((await expected({ order: "none" })).flagged);
      }
    });

    it.each([
      ["classes-missing", []],
      ["classes-mismatch", ["--classes", "a,b,c,d,x"]],
      ["classes-mismatch", ["--classes", "a,b,c,d"]],
      ["classes-mismatch", ["--classes", "a,b,c,d,e,e"]],
      ["file-not-found", ["--classes", "nowhere.txt"]],
    ])("says %s", async (wanted, args) => {
      const { code, stderr } = await run(...namedLabels(), ...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(new RegExp(`^error {2}${wanted}: `));
    });
  });
});
