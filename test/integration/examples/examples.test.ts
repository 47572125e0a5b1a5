import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openClientProject } from "../../support/packed-client.js";
import { openService, type TestService } from "../../support/service.js";

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));
const PYTHON = "python3";

let service: TestService;
let folder: string;
let file: string;

beforeAll(async () => {
  service = await openService({ worker: { WORKER_ROLES: "cpu,orchestrator,trainer" } });
  folder = mkdtempSync(join(tmpdir(), "winnow-examples-"));
  file = join(folder, "titles.csv");
  writeFileSync(file, titles());
}, 360_000);

afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** 240 titles about water and money; five of them have the other's label. */
function titles(): string {
  const topics = [
    ["water", "river", "fish", "boat", "lake", "rain"],
    ["money", "market", "stock", "bank", "price", "coin"],
  ];
  const rows = Array.from({ length: 240 }, (_, i) => {
    const [label, ...words] = topics[i % 2]!;
    const given = i % 48 === 0 ? topics[(i + 1) % 2]![0] : label;
    const title = [0, 1, 2].map((j) => words[(i * 7 + j * 3 + (i >> j)) % 5]).join(" ");
    return `"${title}, ${i}",${given}`;
  });
  return ["title,topic", ...rows].join("\n");
}

/** Runs an example on the file; its output. Throws with its stderr where it failed. */
async function run(command: string, ...args: string[]): Promise<string> {
  const child = spawn(command, [...args, file, "title", "topic"], {
    env: { PATH: process.env.PATH, HOME: folder, WINNOW_URL: service.api.url, FOLDS: "2" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code !== 0) throw new Error(`exit code ${code}: ${error}`);
  return out;
}

/** As somebody runs it who has installed the client alone. */
async function runCompiled(name: string): Promise<string> {
  const project = join(folder, "project");
  mkdirSync(project);
  const { addNodeTypes, compile } = await openClientProject(project);
  addNodeTypes();
  const source = readFileSync(join(examples, name), "utf8");
  await compile({ [name]: source }, "--types", "node", "--skipLibCheck");
  return run(process.execPath, join(project, name.replace(/\.ts$/, ".js")));
}

it.each([
  ["first-flags.sh", () => run("bash", join(examples, "first-flags.sh"))],
  ["worst-labels.ts", () => runCompiled("worst-labels.ts")],
])("%s prints rows, accuracy and the worst labels", { timeout: 120_000 }, async (_, work) => {
  const [rows, accuracy, flagged, ...flags] = (await work()).trimEnd().split("\n");
  expect(rows).toBe("240 rows in 2 classes, 0 rejected");
  expect(accuracy).toMatch(/^held-out accuracy \d+ %$/);
  const count = Number(/^(\d+) labels flagged; the worst:$/.exec(flagged!)?.[1]);
  expect(flags).toHaveLength(Math.min(10, count));
  for (const flag of flags) expect(flag).toMatch(/^ {2}(water -> money|money -> water) {2}\w+ /);
});

it("own_probabilities.py finds the labels that its model contradicts, where Python has numpy and requests", async () => {
  const script = join(examples, "own_probabilities.py");
  if (spawnSync(PYTHON, ["-c", "import numpy, requests"]).status !== 0) {
    console.log("left out: examples/own_probabilities.py was not run; pip install numpy requests");
    // What can be held without the libraries: where there is a Python, the program compiles.
    expect(
      spawnSync(PYTHON, ["-c", `compile(open("${script}").read(), "", "exec")`]).status ?? 0,
    ).toBe(0);
    return;
  }
  const [flagged, ...flags] = (await run(PYTHON, script)).trimEnd().split("\n");
  const found = flags.map((flag) => Number(/, (\d+)$/.exec(flag)![1]));
  expect(flagged).toBe(`${found.length} labels flagged; the worst:`);
  expect(found.length).toBeGreaterThanOrEqual(3);
  expect(found.filter((row) => row % 48 !== 0)).toEqual([]);
});
