import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { findTool } from "../../infra/setup/debian-tools.mjs";

const UNITS = join(import.meta.dirname, "../../infra/systemd");
const folder = mkdtempSync(join(tmpdir(), "winnow-units-"));
const names = readdirSync(UNITS).filter((name) => name.endsWith(".service"));

afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, change = (text: string) => text) => {
  // This machine's Node may be elsewhere.
  const text = readFileSync(join(UNITS, name), "utf8").replace("/usr/bin/node", process.execPath);
  writeFileSync(join(folder, name), change(text));
};

beforeEach(() => {
  for (const name of names) write(name);
});

/** What systemd says of the unit; it ends with 0 whatever it ignores. */
function complaints(name: string): string {
  const instance = name.replace("@.", "@main.");
  const { stdout, stderr, error } = spawnSync(
    findTool("systemd")!,
    ["verify", "--man=no", instance],
    { env: { SYSTEMD_UNIT_PATH: `${folder}:` }, encoding: "utf8" },
  );
  if (error) throw error;
  const own = `${stdout}${stderr}`.split("\n").filter((line) => line.includes("winnow"));
  return own.join("\n");
}

it.each(names)("%s is what systemd reads", (name) => {
  expect(complaints(name)).toBe("");
});

it.each([
  ["NoNewPrivileges=", "NoNewPrivilege=", "Unknown key"],
  ["Requires=winnow-migrate.service", "Requires=winnow-migrat.service", "winnow-migrat.service"],
  ["ExecStart=", "ExecStart=/nowhere", "not executable"],
  ["TimeoutStopSec=", "TimeoutStopSec=soon", "time value"],
])("a unit with `%s` changed to `%s` is not", (from, to, said) => {
  write("winnow-api.service", (text) => text.replace(from, to));
  expect(complaints("winnow-api.service")).toContain(said);
});
