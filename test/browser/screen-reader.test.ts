import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { accessibilityTree, liveTexts, nodesOf } from "../support/accessibility-tree.js";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { pruneFile } from "../support/pruned-file.js";
import { openService, type TestService } from "../support/service.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const CLASSES = ["news", "sport", "travel"];
const FLAGGED = 9;
const FILE = [
  "text,label",
  ...Array.from({ length: 60 }, (_, i) => `the ${i}th row,${CLASSES[i % CLASSES.length]}`),
].join("\n");

let service: TestService;
let browser: TestBrowser;
let page: Page;
let datasetId: string;
let pruningId: string;

beforeAll(async () => {
  service = await openService();
  browser = await openBrowser([]);
  page = await browser.context.newPage();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});
beforeEach(async () => {
  const format = { type: "csv", textColumn: "text", labelColumn: "label" } as const;
  const flagged = Array.from({ length: FLAGGED }, (_, i) => i);
  ({ datasetId, pruningId } = await pruneFile(service, FILE, format, flagged));
});

const review = async () => {
  await page.goto(`${service.api.url}/prunings/${pruningId}/review`);
  await row(1);
};
const row = (n: number) => page.getByRole("region", { name: `Flag ${n}`, exact: true }).waitFor();
const said = async () => liveTexts(await accessibilityTree(page)).join("\n");
/** What has the focus, by its own words; "" where it is lost. */
const focused = () =>
  page.evaluate(
    `document.activeElement === document.body ? "" :
     document.activeElement.getAttribute("aria-label") || document.activeElement.textContent.trim()`,
  );
const isFocusIn = (selector: string) =>
  page.evaluate(`document.activeElement.closest(${JSON.stringify(selector)}) !== null`);

it("tells what was decided, what comes next, and how many are decided", async () => {
  await review();
  await page.keyboard.press("w");
  await row(2);
  await expect.poll(said).toMatch(/Flag 1: relabel to (news|sport|travel)\./);
  expect(await said()).toContain((await page.locator(".row-text").textContent())!);
  await expect.poll(said).toContain(`1 of ${FLAGGED} decided`);
  await page.keyboard.press("e");
  await expect.poll(said).toContain("Flag 2: drop.");
  await expect.poll(said).toContain(`2 of ${FLAGGED} decided`);
  await page.keyboard.press("z");
  await expect.poll(said).toContain("Flag 2: taken back.");
  await expect.poll(said).toContain(`1 of ${FLAGGED} decided`);
});

it("keeps the focus on the button that decides, to the last row and behind it", async () => {
  await review();
  await page.getByRole("button", { name: "Q Keep" }).focus();
  for (let n = 1; n <= FLAGGED; n += 1) {
    await row(n);
    await page.keyboard.press("Enter");
  }
  await page.getByText("This was the last row of the filter").waitFor();
  expect(await focused()).toBe("Q Keep");
  const keep = [...nodesOf(await accessibilityTree(page))].find(({ name }) => name === "Q Keep");
  expect(keep).toMatchObject({ role: "button", isFocusable: true });
  // Pressed once more it does nothing.
  await page.keyboard.press("Enter");
  await expect.poll(said).toContain(`${FLAGGED} of ${FLAGGED} decided`);
});

it("keeps the focus in the row where a class is chosen, a row of the queue opened or the end reached", async () => {
  await review();
  await page.locator(".candidate").last().focus();
  for (let n = 1; n <= FLAGGED; n += 1) {
    await row(n);
    expect(await isFocusIn(".row-card"), `row ${n}`).toBe(true);
    await page.keyboard.press("Enter");
    // The row has it where the next one has fewer classes.
    const isLast = n === FLAGGED;
    if (!isLast && !(await isFocusIn("button"))) await page.locator(".candidate").first().focus();
  }
  await page.getByText("This was the last row of the filter").waitFor();
  expect(await isFocusIn(".row-card")).toBe(true);
  await page.locator(".queue tbody button").first().focus();
  await page.keyboard.press("Enter");
  await row(1);
  expect(await isFocusIn(".queue")).toBe(true);
});

it.each([
  ["the keys", "Keys", () => page.getByRole("button", { name: "? Keys" })],
  ["another label", "Other label", () => page.getByRole("button", { name: "/ Other label" })],
  [
    "a whole filter",
    "All rows of the filter",
    () => page.getByRole("button", { name: "Count them" }),
  ],
])("a dialog holds the focus and gives it back: %s", async (_, title, opener) => {
  await review();
  await opener().focus();
  const from = await focused();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: title }).waitFor();
  for (const key of ["Tab", "Shift+Tab"]) {
    for (let i = 0; i < 8; i += 1) {
      await page.keyboard.press(key);
      expect(await isFocusIn("[role=dialog]"), `${key} ${i}`).toBe(true);
    }
  }
  // What is behind it is out of reach.
  const tree = await accessibilityTree(page);
  expect([...nodesOf(tree)].filter(({ role }) => role === "main")).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await focused()).toBe(from);
});

it("another page takes the focus, and the window has its name", async () => {
  await page.goto(`${service.api.url}/datasets/${datasetId}`);
  await page.getByRole("heading", { level: 1, name: "csv" }).waitFor();
  await expect.poll(() => page.title()).toBe("csv · Winnow");
  for (const [link, title] of [
    ["Datasets", "Datasets · Winnow"],
    ["Jobs", "Jobs · Winnow"],
    ["New job", "New job · Winnow"],
    ["Start", "Which labels are wrong? · Winnow"],
  ] as const) {
    await page.getByRole("link", { name: link, exact: true }).first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.title()).toBe(title);
    expect(await isFocusIn("main")).toBe(true);
  }
});

it("another language is chosen without losing what was typed", async () => {
  await page.goto(`${service.api.url}/new/dataset-ingest`);
  await page.getByLabel("Name", { exact: true }).fill("typed before");
  await page.getByLabel("Language").selectOption("zh");
  await page.getByRole("heading", { name: "新任务" }).waitFor();
  expect(await page.getByRole("textbox").first().inputValue()).toBe("typed before");
  await page.getByLabel("语言").selectOption("en");
  await page.getByRole("heading", { name: "New job" }).waitFor();
  expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("typed before");
});
