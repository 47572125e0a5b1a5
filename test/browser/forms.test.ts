import type { Job } from "@winnow/contracts";
import { npyHeader } from "@winnow/npy";
import { stringify } from "csv-stringify/sync";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { openService, type TestService } from "../support/service.js";
import { openWatchedPage, type WatchedPage } from "../support/watched-page.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const CLASSES = ["sport", "travel"];
const WORDS = [
  ["match", "goal", "league", "coach", "final"],
  ["beach", "hotel", "flight", "island", "visa"],
];
const ROWS = 120;
/** Two labels of every fifteen rows stand at texts of the other class. */
const ROWS_OF_FILE = Array.from({ length: ROWS }, (_, i) => {
  const topic = i % 2;
  const words = [0, 1, 2].map((k) => WORDS[topic]![(i * 3 + k * 7 + i * k) % 5]!);
  return [`${words.join(" ")} ${i}`, CLASSES[i % 15 === 0 ? 1 - topic : topic]!] as const;
});

let service: TestService;
let browser: TestBrowser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  service = await openService();
  browser = await openBrowser([]);
  watched = await openWatchedPage(browser, service.api.url);
  page = watched.page;
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

const open = async (kind: string) => {
  await page.goto(`${service.api.url}/new/${kind}`);
  await page.getByRole("heading", { name: "New job" }).waitFor();
};
const choice = (name: string) => page.getByRole("combobox", { name, exact: true });
const estimated = () =>
  page
    .getByRole("status")
    .filter({ hasText: /memory|rows|no estimate/ })
    .waitFor();
/** The job that the form starts, once it has succeeded. */
const started = async (): Promise<Job> => {
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.waitForURL(/\/jobs\/job_/);
  return service.succeeded(new URL(page.url()).pathname.split("/")[2]!);
};
const call = async (id: string | null) =>
  service.client.call("getDataset", { params: { id: id! } });

describe("the forms of all kinds of job", () => {
  let datasetId: string;
  let crossValidationId: string;

  it("say what is missing at its field, and only to those who are done", async () => {
    await open("dataset-ingest");
    expect(await watched.picture("new-dataset-ingest")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    expect(await page.locator(".fault").count()).toBe(0);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("Some fields are missing or wrong").waitFor();
    expect(await page.locator(".fault").count()).toBe(2);
    expect(await watched.findings()).toEqual([]);
  });

  it("read a file, with whatever the format can be told", async () => {
    const text = stringify([["comment", "topic"], ...ROWS_OF_FILE], { delimiter: ";" });
    await page.getByLabel("Name", { exact: true }).fill("by the form");
    await page.getByLabel("File", { exact: true }).setInputFiles({
      ...{ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from(text) },
    });
    await page.getByText("✓ up_").waitFor();
    await page
      .locator("summary")
      .filter({ hasText: /^Labels$/ })
      .click();
    await page.getByLabel("Least rows of a class").fill("2");
    await estimated();
    const job = await started();
    datasetId = String(job.datasetId);
    expect(job.params).toMatchObject({ labels: { minPerClass: 2 } });
    expect(await call(datasetId)).toMatchObject({ name: "by the form", rows: ROWS, classes: 2 });
  });

  it("derive a dataset with noise, which a file cannot have", async () => {
    await open("dataset-ingest");
    await page.getByLabel("Name", { exact: true }).fill("derived");
    expect(await choice("Noise").count()).toBe(0);
    await choice("Source").selectOption({ label: "dataset" });
    expect(await page.locator("summary").filter({ hasText: "Format" }).count()).toBe(0);
    await choice("Dataset").selectOption({ label: "by the form" });
    await choice("Noise").selectOption({ label: "symmetric" });
    await page.getByLabel("Rate", { exact: true }).fill("0.2");
    await estimated();
    const { params, datasetId: made } = await started();
    expect(params).toMatchObject({
      source: { type: "dataset", datasetId },
      noise: { type: "symmetric", rate: 0.2 },
    });
    expect(await call(made)).toMatchObject({ rows: ROWS });
  });

  it("train one of several models, with the keyboard alone", async () => {
    await page.goto(`${service.api.url}/datasets/${datasetId}`);
    await page.getByRole("button", { name: "Start training" }).waitFor();
    const reached: string[] = [];
    const focused = () => page.evaluate("(document.activeElement.textContent || '').trim()");
    while (reached.at(-1) !== "Start training" && reached.length < 60) {
      await page.keyboard.press("Tab");
      reached.push(String(await focused()));
    }
    expect(reached[0]).toBe("Skip to the content");
    expect(reached.at(-1)).toBe("Start training");
    await page.getByText(/training steps/).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/jobs\/job_/);
    const job = await service.succeeded(new URL(page.url()).pathname.split("/")[2]!);
    crossValidationId = String(job.crossValidationId);
    expect(job.params).toMatchObject({ model: { kind: "quick" } });
    await page.getByRole("link", { name: "See the flags" }).waitFor();
  });

  it("prune a run again, and say what the service refuses", async () => {
    await open("pruning");
    expect(await watched.picture("new-pruning")).toEqual([]);
    await choice("Cross-validation").selectOption(crossValidationId);
    await choice("Method").selectOption("argmax");
    await choice("Order of the flags").selectOption("posterior");
    await choice("Adjust for class thresholds").selectOption("true");
    // The service alone knows that these do not go together.
    await page.getByRole("alert").waitFor();
    expect(await page.locator(".fault").count()).toBe(1);
    await choice("Order of the flags").selectOption("normalized_margin");
    await page.getByRole("alert").waitFor({ state: "detached" });
    await estimated();
    const { params } = await started();
    expect(params).toMatchObject({ crossValidationId, method: "argmax", adjust: true });
  });

  it("import probabilities of another model", async () => {
    const { data } = await service.client.call("listSamples", {
      params: { id: datasetId },
      query: { limit: ROWS },
    });
    const values = new Float32Array(2 * ROWS);
    for (const [i, { text }] of data.entries()) {
      const topic = WORDS[0]!.some((word) => text.startsWith(word)) ? "sport" : "travel";
      values.set(topic === CLASSES[0] ? [0.9, 0.1] : [0.1, 0.9], 2 * i);
    }
    const npy = npyHeader({ dtype: "float32", shape: [ROWS, 2] });
    const buffer = Buffer.concat([npy, Buffer.from(values.buffer)]);
    await open("probability-import");
    expect(await watched.picture("new-probability-import")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    await choice("Dataset").selectOption({ label: "by the form" });
    await page.getByLabel("File of the probabilities", { exact: true }).setInputFiles({
      ...{ name: "mine.npy", mimeType: "application/octet-stream", buffer },
    });
    await page.getByText("✓ up_").waitFor();
    await choice("Classes, in column order").selectOption({ label: "List" });
    await page.getByRole("textbox", { name: "List" }).fill(CLASSES.join("\n"));
    await page.locator("summary").filter({ hasText: "Find doubtful labels" }).click();
    await choice("Method").selectOption("argmax");
    await estimated();
    const job = await started();
    expect(job.params).toMatchObject({ classes: CLASSES, pruning: { method: "argmax" } });
    const pruned = await service.succeeded(String(job.result?.pruningJobId));
    const pruning = { params: { id: String(pruned.pruningId) } };
    expect((await service.client.call("getPruning", pruning)).flagged).toBe(ROWS / 15);
  });

  it("said nothing in the console but the refusal, and asked nobody else", () => {
    expect(watched.faults.filter((fault) => !/status of 400/.test(fault))).toEqual([]);
  });
});

it("moves nothing for those who want it still, and jumps over no element", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`${service.api.url}/jobs`);
  await page.getByRole("heading", { name: "Jobs" }).waitFor();
  expect(await page.evaluate("document.getAnimations().length")).toBe(0);
  expect(
    await page.evaluate(
      'document.querySelectorAll(\'[tabindex]:not([tabindex="0"]):not([tabindex="-1"])\').length',
    ),
  ).toBe(0);
  await page.emulateMedia({ reducedMotion: null });
});
