import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { runCli } from "../../support/cli.js";
import { seedPruning } from "../../support/seed-data.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 240_000 });

/** Inverts, names the window, clears the screen, forges a line, turns the direction, returns. */
const EVIL =
  "\u001b[7mevil\u001b]0;owned\u0007\u009b2J\u009d0;x\u009c\r\u202e\u2066\u0008\u007f\u2028";
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what it looks for
const COLOUR = /\u001b\[\d+m/g;
const INVERTED = "\u001b[7m";

/** What is left of it on a terminal. */
const STEERS = /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069\u2028]/u;

let api: TestApi;
let env: Record<string, string>;
let dir: string;
let seeded: Awaited<ReturnType<typeof seedPruning>>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "winnow-controls-"));
  api = await openTestApi();
  env = { WINNOW_URL: await api.listen() };
  seeded = await seedPruning(api.store);
  const pool = poolOf(api.store);
  const rename = (sql: string, id: string) => pool.query(sql, [EVIL, id]);
  await rename("UPDATE datasets SET name = $1 WHERE id = $2", seeded.datasetId);
  await rename("UPDATE classes SET name = $1 || index WHERE dataset_id = $2", seeded.datasetId);
  await pool.query("UPDATE samples SET text = $1 || ordinal, external_id = $1 || ordinal", [EVIL]);
  await pool.query(
    `UPDATE jobs SET state = 'failed', error = jsonb_build_object('type', 'x', 'title', $1::text,
       'status', 422, 'detail', $1::text, 'code', 'corpus-invalid', 'requestId', 'r', 'retryable', false,
       'errors', '[]'::jsonb) WHERE id = $2`,
    [EVIL, seeded.jobId],
  );
  await pool.query(
    `INSERT INTO webhooks (id, url, events, kinds, secret, disabled_reason)
     VALUES ('wh_01931f5e-7c1a-7bbb-8a3e-000000000001', $1, '{job.failed}', '{}', 's', $1)`,
    [`https://a.example/${EVIL}`],
  );
});

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await api.close();
});

/** The commands that print names, texts and errors of a service. */
const commands = () => [
  ["profile", seeded.datasetId],
  ["report", seeded.pruningId],
  ["jobs"],
  ["jobs", seeded.jobId],
  ["audit"],
  ["webhooks", "list"],
  ["delete", seeded.datasetId],
  ["profile", `ds_${EVIL}`],
  ["jobs", "--kind", EVIL],
  [EVIL],
];

it.each([
  ["a pipe", {}],
  ["a terminal with colours", { FORCE_COLOR: "1" }],
])("no name, text or error of a service steers %s", async (_, colours) => {
  const seen: string[] = [];
  for (const args of commands()) {
    const { stdout, stderr } = await runCli(args, { env: { ...env, ...colours } });
    const text = stdout + stderr;
    // Our own colours: none of them is the one that inverts.
    expect(text, args.join(" ")).not.toContain(INVERTED);
    expect(text.replaceAll(COLOUR, ""), args.join(" ")).not.toMatch(STEERS);
    seen.push(text);
  }
  // It was shown, and so that people see what it is.
  expect(seen.filter((text) => text.includes("evil")).length).toBeGreaterThan(3);
});

it("nor does a file's name or what a file holds", async () => {
  const file = join(dir, `rows\u001b[7m.csv`);
  const rows = Array.from(
    { length: 40 },
    (_, n) => `${EVIL.replace("\r", "")} ${n},${"\u001b[7m"}c${n % 2}`,
  );
  writeFileSync(file, `text,label\n${rows.join("\n")}\n`);
  for (const args of [
    ["preview", file],
    ["preview", join(dir, EVIL)],
    ["ingest", join(dir, EVIL)],
  ]) {
    const { stdout, stderr } = await runCli(args, { env: { ...env, FORCE_COLOR: "1" } });
    expect(stdout + stderr).not.toContain(INVERTED);
    expect((stdout + stderr).replaceAll(COLOUR, "")).not.toMatch(STEERS);
  }
});

it("--json is exactly the service's answer, and an export into a pipe the file's bytes", async () => {
  const { stdout } = await runCli(["jobs", seeded.jobId, "--json"], { env });
  expect(stdout).not.toMatch(STEERS);
  expect(JSON.parse(stdout).error.detail).toBe(EVIL);

  const output = join(dir, "all.jsonl");
  const args = ["export", seeded.pruningId, "--split", "all"];
  expect((await runCli([...args, "--output", output], { env })).code).toBe(0);
  const piped = await runCli(args, { env });
  expect(piped.stdout).toBe(readFileSync(output, "utf8"));
  expect(piped.stdout).toContain("\u202e");
});
