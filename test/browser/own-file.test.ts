import { readFileSync } from "node:fs";
import { Comparison } from "@winnow/contracts";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { openService, type TestService } from "../support/service.js";
import { openWatchedPage, type WatchedPage } from "../support/watched-page.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const TOPICS = {
  体育: ["球队赢得联赛冠军", "篮球比赛今晚打响", "足球转会费创新高", "教练谈训练计划"],
  财经: ["股市今日大涨", "央行宣布降息", "公司利润增长两成", "投资者关注债券"],
  科技: ["新款手机发布", "人工智能软件问世", "云服务平台升级", "卫星进入预定轨道"],
} as const;
const LABELS = Object.keys(TOPICS) as (keyof typeof TOPICS)[];
const ROWS = 240;
const UNLABELLED = 7;
const WRONG_EVERY = 11;

/** A file as offices send it: GBK, semicolons, quotes, a blank before labels, and some without any. */
const LINES = Array.from({ length: ROWS }, (_, i) => {
  const right = LABELS[i % 3]!;
  const texts = TOPICS[right];
  const text = `${texts[(i >> 2) % 4]}；${texts[(i * 7 + 1) % 4]}，第${i}条`;
  const wrong = i % WRONG_EVERY === 5;
  const given = i % 37 === 1 ? "" : wrong ? LABELS[(i + 1) % 3]! : right;
  return { text, given, right };
});
const FILE = [
  "编号;标题内容;来源;分类;复核",
  ...LINES.map(({ text, given, right }, i) => `${i};"${text}";新华网; ${given};${right}`),
].join("\r\n");

let service: TestService;
let browser: TestBrowser;
let watched: WatchedPage;
let page: Page;
let pruningId: string;

beforeAll(async () => {
  service = await openService();
  browser = await openBrowser([]);
  watched = await openWatchedPage(browser, service.api.url);
  page = watched.page;
  page.setDefaultTimeout(120_000);
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

const idInAddress = () => new URL(page.url()).pathname.split("/")[2]!;
const button = (name: string) => page.getByRole("button", { name, exact: true });
const place = async () => Number(/#([\d,]+)/.exec(await text(".row-card"))?.[1]);
const text = async (selector: string) => (await page.locator(selector).textContent()) ?? "";
const saved = () => page.getByText("saved ✓").waitFor();
const looksRight = async (picture: string) => {
  expect(await watched.picture(picture)).toEqual([]);
  expect(await watched.findings()).toEqual([]);
};

describe("somebody with a file of their own", () => {
  it("sees how it is read, changes what was guessed, and starts", async () => {
    await page.goto(service.api.url);
    const buffer = gbk(FILE);
    await page.setInputFiles("input[type=file]", {
      name: "导出.csv",
      mimeType: "text/csv",
      buffer,
    });
    await page.getByText("3 classes in the first").waitFor();
    expect(await page.getByLabel("Text column").inputValue()).toBe("标题内容");
    expect(await page.getByLabel("Label column").inputValue()).toBe("分类");
    await page.getByLabel("True labels, if the file has them").selectOption("复核");
    await page.getByText(`${UNLABELLED} rows would be rejected`).waitFor();
    await page.getByRole("cell", { name: "no label" }).first().waitFor();
    await looksRight("own-preview");
    await button("Read the file").click();
    await button("Start training").click();
    await page.getByRole("link", { name: "See the flags" }).click();
    await page.getByRole("heading", { name: "Doubtful labels" }).waitFor();
    pruningId = idInAddress();
  });

  it("reads why a label is doubted, in the words that the API names", async () => {
    await page.getByRole("link", { name: "Review the flags" }).click();
    await page.locator(".why").waitFor();
    const params = { id: pruningId };
    const [flag] = (await service.client.call("listReviewQueue", { params })).data;
    expect(await text(".row-text")).toBe(flag!.text);
    const list = page.locator(".words.suggested");
    const { suggested } = flag!.evidence!;
    // A word that the model reads as pieces stands there once, with what they add together.
    const weights = (await list.locator(".value").allTextContents()).map(Number);
    const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
    expect(sum(weights)).toBeCloseTo(sum(suggested.map(({ weight }) => weight)), 1);
    for (const { ngram } of suggested) {
      expect(flag!.text).toContain(ngram.trim());
      expect(await list.textContent()).toContain(ngram.trim());
    }
    const groups = await list.locator("li > span:first-child").allTextContents();
    const stretches = groups.flatMap((group) => group.split(" · "));
    for (const one of stretches) {
      expect(flag!.text).toContain(one);
      for (const other of stretches) if (other !== one) expect(other).not.toContain(one);
    }
    expect(await page.locator("mark.suggested").count()).toBeGreaterThan(0);
    await looksRight("own-review");
  });

  it("decides every flag, is led on at the end, and goes back to any", async () => {
    const { flags } = await service.client.call("getReviewReport", { params: { id: pruningId } });
    expect(flags).toBeGreaterThan(5);
    for (let i = 1; i <= flags; i += 1) {
      await expect.poll(place, { interval: 10 }).toBe(i);
      await page.keyboard.press(i === 2 ? "n" : "w");
    }
    await page.getByText("This was the last row of the filter").waitFor();
    await saved();
    const tabs = page.getByRole("navigation", { name: "State" });
    await tabs.getByText(`decided${flags - 1}`).click();
    await expect.poll(place).toBe(1);
    await page.getByLabel("Go to rank").fill("4");
    await button("Go").click();
    await expect.poll(place).toBe(4);
    await page.getByLabel("Go to rank").press("Escape");
    await page.locator("h1").click();
    await page.keyboard.press("q");
    await saved();
    await tabs.getByText("unsure1").click();
    await expect.poll(place).toBe(2);
    await page.keyboard.press("w");
    await page.getByRole("link", { name: "Download the cleaned file" }).click();
  });

  it("takes the file home as it came, with every label that was put right", async () => {
    const report = await service.client.call("getReviewReport", { params: { id: pruningId } });
    expect([report.confirmed, report.rejected]).toEqual([report.flags - 1, 1]);
    await page.getByLabel("Rows").first().selectOption("relabelled");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      button("Download").click(),
    ]);
    const [head, ...lines] = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split(/\r?\n/);
    expect(head).toContain("标题内容");
    expect(lines.length).toBe(ROWS - UNLABELLED);
    const isWrong = (line: string) => {
      const [number, , , label] = line.split(";");
      return label!.replace(/[" ]/g, "") !== LINES[Number(number)]!.right;
    };
    // The one that was kept stays as it was.
    expect(lines.filter(isWrong).length).toBeLessThan(ROWS / WRONG_EVERY / 2);
  });

  it("measures the noise with rows that are drawn at random, by the same keys", async () => {
    await page.getByLabel("How exact").selectOption("0.05");
    await button("Draw rows").click();
    await page.waitForURL(/\/review-samples\/rs_/);
    const params = { id: idInAddress() };
    const read = () => service.client.call("getReviewSample", { params });
    const before = (await read()).reviewed;
    await page.locator(".row-text").waitFor();
    for (let i = 0; i < 8; i += 1) {
      const shown = await text(".row-text");
      await page.keyboard.press("q");
      await expect.poll(() => text(".row-text"), { interval: 10 }).not.toBe(shown);
    }
    await saved();
    const sample = await read();
    expect(sample.reviewed).toBe(before + 8);
    await page.getByText(`${sample.reviewed} of ${sample.size} reviewed`).waitFor();
    const { noiseRate } = sample;
    const rate = noiseRate ? `${Number((100 * noiseRate.estimate).toFixed(1))}%` : "–";
    await expect.poll(() => text(".figures")).toContain(`Wrong labels${rate}`);
    await looksRight("sample");
  });

  it("sees what cleaning is worth: versions side by side, and the curve", async () => {
    await page.goto(`${service.api.url}/prunings/${pruningId}`);
    await button("Compare").click();
    await page.waitForURL(/\/jobs\/job_/);
    const job = await service.succeeded(idInAddress());
    const { versions, curve } = Comparison.parse(job.result);
    const table = page.locator("table").filter({ hasText: "Rows learned from" });
    await table.waitFor();
    const rows = await table.locator("tbody tr").allTextContents();
    expect(rows.length).toBe(versions.length);
    for (const [i, { accuracy }] of versions.entries()) {
      expect(rows[i]).toContain(`${Number((100 * accuracy.estimate).toFixed(1))}%`);
    }
    await page.getByRole("heading", { name: "What a review of the flags is worth" }).waitFor();
    expect(await page.locator("table").last().locator("tbody tr").count()).toBe(curve!.length);
    await looksRight("comparison");
    expect(watched.faults).toEqual([]);
  });
});

/** In the encoding that Node reads and does not write: by the inverse of its reading. */
function gbk(characters: string): Buffer {
  const decoder = new TextDecoder("gbk");
  const bytes = new Map<string, readonly number[]>();
  for (let first = 0x81; first <= 0xfe; first += 1) {
    for (let second = 0x40; second <= 0xfe; second += 1) {
      bytes.set(decoder.decode(Uint8Array.of(first, second)), [first, second]);
    }
  }
  return Buffer.from(
    [...characters].flatMap((one) => (one < "\u0080" ? one.charCodeAt(0) : [...bytes.get(one)!])),
  );
}
