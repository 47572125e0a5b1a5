import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { accessibilityTree, namelessControls } from "./accessibility-tree.js";
import type { TestBrowser } from "./browser.js";

/** Where pictures of the pages lie, to be looked at; git ignores it. */
const PICTURES = fileURLToPath(new URL("../../.winnow/screenshots/", import.meta.url));
const README_PICTURES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PROBES = readFileSync(new URL("../browser/probes.js", import.meta.url), "utf8");
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };

/** A page of the service whose faults are noted: nothing may be said in the console. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, faults of scripts, dialogs, and requests to elsewhere. */
  readonly faults: readonly string[];
  /** Pictures in both languages, at both widths and in both themes. Returns what does not fit. */
  picture(name: string): Promise<string[]>;
  /** One of README's pictures: written to docs/images where README_PICTURES is set, else beside the others. */
  readmePicture(name: string): Promise<void>;
  /**
   * Serious findings of axe, as rule and element, and controls that a screen reader cannot name: in English,
   * wide and light, narrow and dark.
   */
  findings(): Promise<string[]>;
}

export async function openWatchedPage(browser: TestBrowser, base: string): Promise<WatchedPage> {
  const page = await browser.context.newPage();
  // A tab behind another need not be drawn.
  await page.bringToFront();
  await page.setViewportSize(WIDE);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(message.text());
  });
  page.on("pageerror", ({ message }) => faults.push(message));
  page.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${base}/`) && !url.startsWith(`blob:${base}/`)) faults.push(url);
  });
  return {
    page,
    faults,
    async picture(name) {
      mkdirSync(PICTURES, { recursive: true });
      const wide: string[] = [];
      await inEveryLook(page, PICTURED, async ({ language, colorScheme, width }) => {
        await drawn(page);
        const file = `${name}-${language}-${colorScheme}-${width}.png`;
        await page.screenshot({ path: join(PICTURES, file), fullPage: true });
        const found = await probe<string[]>(page, "tooWide()");
        wide.push(...found.map((element) => `${language}, ${width} px: ${element}`));
      });
      return wide;
    },
    async readmePicture(name) {
      const folder = process.env.README_PICTURES ? README_PICTURES : PICTURES;
      // The theme was changed just now; on a busy machine the window still shows the other.
      await page.waitForTimeout(1_000);
      await page.screenshot({ path: join(folder, `${name}.png`) });
    },
    async findings() {
      const found: string[] = [];
      await inEveryLook(page, JUDGED, async ({ colorScheme, width }) => {
        await page.evaluate(AXE);
        const serious = [
          ...(await probe<string[]>(page, "seriousFindings()")),
          ...(colorScheme === "light" ? namelessControls(await accessibilityTree(page)) : []),
        ];
        found.push(...serious.map((finding) => `${colorScheme}, ${width} px: ${finding}`));
      });
      return found;
    },
  };
}

interface Look {
  readonly language: "en" | "zh";
  readonly colorScheme: "light" | "dark";
  readonly width: number;
}

/** No colour depends on the language or the width: wide and light, narrow and dark show all of them. */
const lookedAt = (language: Look["language"]): Look[] => [
  { language, colorScheme: "dark", width: NARROW.width },
  { language, colorScheme: "light", width: WIDE.width },
];
/** English and light last: the page is left as it was found. A judgement takes seconds. */
const JUDGED = lookedAt("en");
const PICTURED: readonly Look[] = [
  ...lookedAt("zh"),
  { language: "en", colorScheme: "light", width: NARROW.width },
  { language: "en", colorScheme: "dark", width: WIDE.width },
  ...JUDGED,
];

async function inEveryLook(
  page: Page,
  looks: readonly Look[],
  visit: (look: Look) => Promise<void>,
): Promise<void> {
  for (const look of looks) {
    await probe(page, `setLanguage("${look.language}")`);
    await page.setViewportSize(look.width === WIDE.width ? WIDE : NARROW);
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await visit(look);
  }
  await drawn(page);
}

/**
 * Until the page has taken the change and drawn it, its canvases too. A browser that draws nothing for a while,
 * which a busy machine has shown, is not waited for without an end.
 */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    "new Promise((done) => { setTimeout(done, 20000);" +
      " requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))); })",
  );
}

/** Runs one of test/browser/probes.js in the page, past the page's own policy. */
export async function probe<T>(page: Page, call: string): Promise<T> {
  await page.evaluate(PROBES_ONCE);
  return (await page.evaluate(`probes.${call}`)) as T;
}

const PROBES_ONCE = `if (!globalThis.probes) { ${PROBES} }`;
