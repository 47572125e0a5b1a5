import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { configFolder, environmentOfBrowser } from "../config.js";

/** How long a browser has to read the page that leads on. */
const READ_MS = 10_000;
/** Opening programs that are still busy after this have found a browser. */
const STARTED_MS = 3_000;

/**
 * Opens the URL in the user's browser; returns whether one was found. The URL may hold a key, and every
 * user of the machine sees the arguments of programs: so the browser gets a page of this user's own,
 * which leads on to the URL.
 */
export async function openInBrowser(url: string): Promise<boolean> {
  const folder = join(configFolder(), "winnow");
  const page = join(folder, `open-${randomBytes(8).toString("hex")}.html`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(page, leadingTo(url), { flag: "wx", mode: 0o600 });
  try {
    const command = process.platform === "darwin" ? "open" : "xdg-open";
    const child = spawn(command, [pathToFileURL(page).href], {
      env: environmentOfBrowser(),
      stdio: "ignore",
      detached: true,
    });
    const failed = once(child, "error").then(() => false);
    const ended = once(child, "exit").then(([code]) => code === 0);
    const opened = await Promise.race([failed, ended, sleep(STARTED_MS).then(() => true)]);
    child.unref();
    if (opened) await sleep(READ_MS);
    return opened;
  } finally {
    rmSync(page, { force: true });
  }
}

const leadingTo = (url: string): string => {
  const quoted = url.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${quoted}">
<title>Winnow</title>
<a href="${quoted}">Winnow</a>
`;
};
