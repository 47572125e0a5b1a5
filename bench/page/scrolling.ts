import type { Page } from "playwright-core";
import { round } from "../service/figures.js";
import { probe } from "./browser.js";

const PAUSE_MS = 8;
const WHEEL_PX = 600;

/** ms of each frame while the wheel turns over the element. */
export async function wheel(page: Page, element: string, turns: number): Promise<number[]> {
  const box = (await page.locator(element).first().boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  return framesDuring(page, turns, () => page.mouse.wheel(0, WHEEL_PX));
}

/** ms of each frame while somebody goes down by Page Down, and to the end of what is loaded. */
export async function keysDown(page: Page, element: string, presses: number): Promise<number[]> {
  await page.locator(element).first().focus();
  return framesDuring(page, presses, (n) => page.keyboard.press(n % 4 === 3 ? "End" : "PageDown"));
}

async function framesDuring(
  page: Page,
  times: number,
  move: (n: number) => Promise<void>,
): Promise<number[]> {
  await probe(page, "watchFrames()");
  for (let n = 0; n < times; n += 1) {
    await move(n);
    await page.waitForTimeout(PAUSE_MS);
  }
  return probe<number[]>(page, "frames()");
}

/** What the scripts of the tab hold after a collection, and the nodes of its documents. */
export async function tabMemory(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name: string) => metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  await session.detach();
  return `${round(of("JSHeapUsedSize") / 2 ** 20, 1)} MB of scripts and ${of("Nodes")} nodes`;
}
