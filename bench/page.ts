// The page in a real Chromium, before the API's process: from a reviewer's key to the next row on the
// screen with 100,000 flags, the heat map of 428 classes, and a million rows, all flagged, under the wheel
// and the keys. The peer is a bare page whose key handler swaps one text for another, in the same browser.
//   npm run bench:page -- [--flags 100000] [--classes 428] [--rows 1000000] [--decisions 300]
import { parseArgs } from "node:util";
import { openStore } from "@winnow/store";
import type { Browser, Page } from "playwright-core";
import { openBrowser, probe, probeFirst } from "./page/browser.js";
import { keysDown, tabMemory, wheel } from "./page/scrolling.js";
import { seedPruning } from "./review/seed.js";
import { round } from "./service/figures.js";
import { withService } from "./service/service-processes.js";

const { values } = parseArgs({
  options: {
    flags: { type: "string", default: "100000" },
    classes: { type: "string", default: "428" },
    rows: { type: "string", default: "1000000" },
    decisions: { type: "string", default: "300" },
  },
});
const [flags, classes] = [Number(values.flags), Number(values.classes)];
const [rows, decisions] = [Number(values.rows), Number(values.decisions)];
/** Turns of the wheel, and presses of a key, over a long table. */
const TURNS = 400;
let missed = 0;

await withService({ worker: { WORKER_ROLES: "orchestrator" } }, async (service) => {
  const store = openStore({ databaseUrl: service.databaseUrl, applicationName: "bench" });
  const browser = await openBrowser();
  try {
    const { pruningId } = await seedPruning(store, { flags, classes, joint: jointOf(classes) });
    const million = await seedPruning(store, { flags: rows, classes: 2 });
    const bare = await keysOf(await barePage(browser), "body");
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(`${service.url}/prunings/${pruningId}/review`);
    await page.locator(".row-text").waitFor();
    const times = await keysOf(page, ".row-card");
    console.log(`a key to the next row on the screen, ${flags} flags, ${times.length} decisions`);
    console.log(`  ${figures(times)}`);
    console.log(`  a bare page: ${figures(bare)}`);
    console.log(`  page : bare page ${round(at(times, 0.5) / at(bare, 0.5), 1)}`);
    judge("95 of 100 within 50 ms", at(times, 0.95) <= 50);

    await probeFirst(page, "watchPictures()");
    await page.goto(`${service.url}/prunings/${pruningId}`);
    await page.getByRole("button", { name: "Zoom in" }).waitFor();
    const first = await probe<number>(page, "heatMapTime()");
    await page.getByRole("button", { name: "Zoom in" }).click();
    const again = await probe<number>(page, "drawTime('All')");
    console.log(`the heat map of ${classes} classes`);
    console.log(
      `  from its data to the picture ${round(first, 0)} ms, drawn again ${round(again, 0)} ms`,
    );
    judge("drawn within 200 ms", first <= 200 && again <= 200);

    console.log(`${rows} rows, all of them flagged`);
    await page.goto(`${service.url}/prunings/${million.pruningId}/review`);
    await page.locator(".queue tbody tr[data-index]").first().waitFor();
    const atFirst = await tabMemory(page);
    console.log(
      `  the queue by the wheel: frames ${figures(await wheel(page, ".virtual", TURNS))}`,
    );
    console.log(
      `  the queue by Page Down: frames ${figures(await keysDown(page, ".virtual", TURNS))}`,
    );
    console.log(
      `  ${await loadedRows(page)}, the tab holds ${await tabMemory(page)}, ${atFirst} before`,
    );
    const last = rows - 1;
    const began = performance.now();
    await page.getByLabel("Go to rank").fill(String(last));
    await page.getByLabel("Go to rank").press("Enter");
    await page.locator(`.row-card[aria-label="Flag ${last.toLocaleString("en")}"]`).waitFor();
    console.log(`  to rank ${last}: ${round(performance.now() - began, 0)} ms`);
    await page.keyboard.press("Escape");
    await page.locator("h1").click();
    await page.keyboard.press("q");
    await page.locator(`.row-card[aria-label="Flag ${rows.toLocaleString("en")}"]`).waitFor();

    await page.goto(`${service.url}/datasets/${million.datasetId}?tab=samples`);
    await page.locator(".virtual tbody tr[data-index]").first().waitFor();
    console.log(`  the rows by the wheel: frames ${figures(await wheel(page, ".virtual", TURNS))}`);
    console.log(
      `  the rows by Page Down: frames ${figures(await keysDown(page, ".virtual", TURNS))}`,
    );
    console.log(`  ${await loadedRows(page)}, the tab holds ${await tabMemory(page)}`);
  } finally {
    await browser.close();
    await store.close();
  }
});
process.exitCode = missed > 0 ? 1 : 0;

/** Shares of a joint whose errors lie on few cells, as they do. */
function jointOf(size: number): number[][] {
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => {
      if (i === j) return 0.8 / size;
      return (i * 31 + j * 17) % 97 < 8 ? 0.2 / (size * size * 0.08) : 0;
    }),
  );
}

async function barePage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.setContent("<p class=row-text>0</p>");
  await page.evaluate(
    "addEventListener('keydown', () => { document.querySelector('.row-text').textContent++; })",
  );
  return page;
}

/** ms from each key to the next row painted. */
async function keysOf(page: Page, watched: string): Promise<number[]> {
  await probe(page, `watchKeys(${JSON.stringify(watched)})`);
  const painted = () => probe<number>(page, "paintTimes.length");
  for (let i = 0; i < decisions; i += 1) {
    await page.keyboard.press(["w", "q", "e", "n", "1"][i % 5]!);
    while ((await painted()) <= i) await page.waitForTimeout(5);
  }
  return probe<number[]>(page, "paintTimes");
}

/** How many rows a long table has, and how many of them stand in the page. */
async function loadedRows(page: Page): Promise<string> {
  const loaded = await page.locator(".virtual table").getAttribute("aria-rowcount");
  return `${loaded} rows loaded, ${await page.locator("tr[data-index]").count()} in the page`;
}

function at(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}

function figures(times: readonly number[]): string {
  const [middle, high, highest] = [0.5, 0.95, 1].map((share) => round(at(times, share), 1));
  return `median ${middle} ms, p95 ${high} ms, highest ${highest} ms`;
}

function judge(bar: string, isMet: boolean): void {
  if (!isMet) missed += 1;
  console.log(`  ${isMet ? "met   " : "missed"} ${bar}`);
}
