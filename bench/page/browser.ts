import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { inProject } from "../service/paths.js";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

/** A Chromium of this machine, in a new profile. */
export function openBrowser(): Promise<Browser> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const executablePath = PROGRAMS.flatMap((name) => folders.map((one) => join(one, name))).find(
    isProgram,
  );
  if (executablePath === undefined) throw new Error("chromium is not installed");
  const args = ["--disable-gpu", "--no-first-run", "--disable-background-networking"];
  return chromium.launch({ executablePath, chromiumSandbox: false, args });
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The probes of the browser tests: what runs in the page and measures it. */
const PROBES = readFileSync(inProject("test/browser/probes.js"), "utf8");

export async function probe<T>(page: Page, call: string): Promise<T> {
  await page.evaluate(`if (!globalThis.probes) { ${PROBES} }`);
  return (await page.evaluate(`probes.${call}`)) as T;
}

/** Runs a probe in each document of the page before its own scripts. */
export const probeFirst = (page: Page, call: string): Promise<unknown> =>
  page.addInitScript(`${PROBES}; probes.${call}`);
