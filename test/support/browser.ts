import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { findTool } from "../../infra/setup/debian-tools.mjs";

/** A Chromium of its own, in a new profile, whose names all lead to this machine or nowhere. */
export interface TestBrowser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** `names` resolve to 127.0.0.1, as an attacker's DNS would say it. */
export async function openBrowser(names: readonly string[]): Promise<TestBrowser> {
  const profile = mkdtempSync(join(tmpdir(), "winnow-browser-"));
  const rules = [
    ...names.map((name) => `MAP ${name} 127.0.0.1`),
    "MAP * ~NOTFOUND",
    "EXCLUDE 127.0.0.1",
    "EXCLUDE localhost",
  ];
  const executablePath = findTool("chromium");
  if (executablePath === undefined) throw new Error("chromium is not installed");
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    chromiumSandbox: false,
    args: [
      `--host-resolver-rules=${rules.join(", ")}`,
      // Today's browsers also ask before pages reach local networks; older ones do not.
      "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
