import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { openService, type TestService } from "../support/service.js";
import { openWatchedPage, probe, type WatchedPage } from "../support/watched-page.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const TRAINING_MS = 900_000;
const REVIEWED = 20;

let service: TestService;
let browser: TestBrowser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  service = await openService({ worker: { WORKER_ROLES: "cpu,orchestrator,trainer" } });
  browser = await openBrowser([]);
  watched = await openWatchedPage(browser, service.api.url);
  page = watched.page;
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

const button = (name: string | RegExp) => page.getByRole("button", { name });
const idInAddress = () => new URL(page.url()).pathname.split("/")[2] ?? "";
const decided = async () => {
  const text = await page.locator(".progress").textContent();
  return Number(/([\d,]+) of/.exec(text ?? "")?.[1]?.replaceAll(",", ""));
};
const saved = () => page.getByText("saved ✓").waitFor();
const text = () => page.locator(".row-text").textContent();

// One walk through the page, in the order in which somebody new goes it.
describe("the page, on the demo set", () => {
  let pruningId: string;

  it("shows how a file would be read, and reads it", async () => {
    await page.goto(service.api.url);
    expect(await watched.picture("start")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    await button("Try the demo set").click();
    await page.getByText(/^12 classes in the first/).waitFor();
    expect(await page.getByLabel("Text column").inputValue()).toBe("title");
    expect(await watched.picture("preview")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    await button("Read the file").click();
    await page.getByRole("heading", { name: "Train and find doubtful labels" }).waitFor();
    expect(await page.locator(".figures").textContent()).toContain("6,000");
    expect(await watched.picture("dataset")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
  });

  it("says what a training would take, starts it and shows it going on", {
    timeout: TRAINING_MS,
  }, async () => {
    await page.getByRole("radio", { name: /^Full/ }).check();
    await page.getByLabel("Folds", { exact: true }).fill("2");
    await page.getByRole("spinbutton", { name: "Epochs" }).fill("1");
    await page.getByText(/training steps/).waitFor();
    await button("Start training").click();
    await page.waitForURL(/\/jobs\/job_/);
    const jobId = idInAddress();
    const folds = async () => (await page.locator(".fold").allTextContents()).join();
    const states = [await folds()];
    for (let moves = 0; moves < 2; moves += 1) {
      await expect.poll(folds, { timeout: TRAINING_MS, interval: 200 }).not.toBe(states.at(-1));
      states.push(await folds());
    }
    expect(await watched.picture("job")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    // A reload meanwhile finds everything again.
    await page.reload();
    await page.getByText("Fold 2").first().waitFor();
    await service.succeeded(jobId);
    await page.getByText("done").first().waitFor();
    await page.goto(`${service.api.url}/jobs`);
    await page.getByRole("link", { name: "Find doubtful labels" }).waitFor();
    const { data } = await service.client.call("listJobs", { query: { kind: "pruning" } });
    pruningId = String((await service.succeeded(data[0]!.id)).pruningId);
    expect(await watched.picture("jobs")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    await page.goto(`${service.api.url}/datasets`);
    await page.getByRole("link", { name: "demo-set" }).waitFor();
    expect(await watched.picture("datasets")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
  });

  it("shows each part of the dataset as the API has it", async () => {
    const { datasetId } = await service.client.call("getPruning", { params: { id: pruningId } });
    const params = { id: datasetId };
    const profile = await service.client.call("getDatasetProfile", { params });
    await page.goto(`${service.api.url}/datasets/${datasetId}`);
    const card = (name: string) =>
      page
        .locator("section.card")
        .filter({ has: page.getByRole("heading", { name, exact: true }) });
    const histogram = card("Rows by class").locator(".bar-row");
    await histogram.first().waitFor();
    const shown = await histogram.evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((part) => part.textContent).join("|")),
    );
    const counts = profile.classHistogram.toSorted((a, b) => b.count - a.count);
    expect(shown.toSorted()).toEqual(
      counts.map(({ name, count }) => `${name}||${count}`).toSorted(),
    );
    expect(await card("Length of the texts, in characters").textContent()).toContain(
      `longest${profile.lengths.max}`,
    );
    expect(await card("Repeated texts").textContent()).toContain(
      `${profile.duplicates.texts}rows whose text an earlier row has`,
    );
    for (const tab of ["Runs", "Versions", "Rejects", "Rows"]) {
      await page.getByRole("link", { name: tab, exact: true }).click();
      await page.locator(`a[aria-current]`).getByText(tab, { exact: true }).waitFor();
      await page.locator("section.card, .empty").first().waitFor();
      expect(await watched.picture(`dataset-${tab.toLowerCase()}`)).toEqual([]);
      expect(await watched.findings(), tab).toEqual([]);
    }
  });

  it("shows the run: curves, folds, reliability and confusion", async () => {
    const { crossValidationId } = await service.client.call("getPruning", {
      params: { id: pruningId },
    });
    await page.goto(`${service.api.url}/cross-validations/${crossValidationId}`);
    await page.getByRole("heading", { name: "Given label against predicted class" }).waitFor();
    expect(await watched.picture("cross-validation")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    // The confusion of the page, from the probabilities that the API hands out.
    const params = { id: String(crossValidationId) };
    const { accuracy } = await service.client.call("getCrossValidation", { params });
    expect(await page.locator(".figures").textContent()).toContain(
      `${Number((100 * (accuracy ?? 0)).toFixed(1))}%`,
    );
    const { data: folds } = await service.client.call("listFolds", { params });
    const table = page.locator("table").filter({ hasText: "Rows judged" }).locator("tbody tr");
    expect(await table.count()).toBe(folds.length);
    for (const [i, { testRows }] of folds.entries()) {
      expect(await table.nth(i).textContent()).toContain(testRows!.toLocaleString("en"));
    }
    await page.getByText("As a table").click();
    const cells = page.getByRole("region", { name: /As a table/ }).locator("tbody tr[data-index]");
    await cells.first().waitFor();
  });

  it("shows noise by class and the joint, of which a cell opens its flags", async () => {
    await page.goto(`${service.api.url}/prunings/${pruningId}`);
    const map = page.getByRole("application", { name: "Labels against what they look like" });
    await map.waitFor();
    await page.getByRole("link", { name: "Review the flags" }).waitFor();
    expect(await watched.picture("pruning")).toEqual([]);
    await watched.readmePicture("page-pruning");
    expect(await watched.findings()).toEqual([]);
    const box = (await map.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.05);
    await expect
      .poll(() => page.locator(".joint-says").textContent())
      .toMatch(/^Labelled .+ rows$/);
    const said = await page.locator(".joint-says").textContent();
    const [, given = "", suggested = ""] =
      /^Labelled (.+), looks like (.+): /.exec(said ?? "") ?? [];
    await page.mouse.down();
    await page.mouse.up();
    await page
      .getByRole("heading", { name: `Flags labelled ${given} that look like ${suggested}` })
      .waitFor();
    const query = { given, suggested };
    const { data } = await service.client.call("listFlags", { params: { id: pruningId }, query });
    const rows = page.getByRole("region", { name: "Flags" }).locator("tbody tr[data-index]");
    await expect.poll(() => rows.count()).toBe(Math.min(data.length, await rows.count()));
    if (data[0]) expect(await rows.first().textContent()).toContain(data[0].text);
  });

  it("reviews by keyboard: each decision shows the next row, and is saved behind it", async ({
    task,
  }) => {
    await page.goto(`${service.api.url}/prunings/${pruningId}/review`);
    await page.locator(".row-text").waitFor();
    await probe(page, "watchKeys()");
    for (let i = 0; i < REVIEWED; i += 1) {
      const before = await text();
      await page.keyboard.press(["w", "q", "e", "n", "1"][i % 5]!);
      await expect.poll(text, { interval: 5 }).not.toBe(before);
    }
    await saved();
    await expect.poll(decided).toBe(REVIEWED);
    const times = await probe<number[]>(page, "paintTimes");
    const middle = times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
    Object.assign(task.meta, {
      figures: `review: next row after a key, median ${middle.toFixed(0)} ms`,
    });
    const report = await service.client.call("getReviewReport", { params: { id: pruningId } });
    expect(report).toMatchObject({ confirmed: 12, rejected: 4, unsure: 4 });
    expect(await watched.picture("review")).toEqual([]);
    await watched.readmePicture("page-review");
    expect(await watched.findings()).toEqual([]);
  });

  it("takes a decision back, finds any label, and leaves keys to whoever types", async () => {
    await page.keyboard.press("z");
    await saved();
    await expect.poll(decided).toBe(REVIEWED - 1);
    await page.keyboard.press("/");
    await page.keyboard.type("music");
    await page.keyboard.press("Enter");
    await saved();
    await expect.poll(decided).toBe(REVIEWED);
    await page.locator(".filter summary").click();
    await page.getByLabel("In the text").fill("qwen");
    await page.waitForTimeout(800);
    expect(await decided()).toBe(REVIEWED);
    await page.getByLabel("In the text").fill("");
    await page.waitForTimeout(800);
    await page.keyboard.press("Tab");
    await page.locator("h1").click();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    expect(await watched.picture("keys")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
    await page.keyboard.press("q");
    await page.keyboard.press("Escape");
    expect(await decided()).toBe(REVIEWED);
  });

  it("relabels the first hundred of a filter as one, and undoes them as one", async () => {
    await page.getByLabel("Which rows").selectOption("100");
    await button("Count them").click();
    await page.getByRole("dialog").getByText("100 rows", { exact: true }).waitFor();
    await button("Apply to 100").click();
    await expect.poll(decided).toBe(REVIEWED + 100);
    await page.getByRole("status").filter({ hasText: "100 rows were reviewed" }).waitFor();
    await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
    await expect.poll(decided).toBe(REVIEWED);
  });

  it("says so when somebody else was quicker, and loses nothing while the service is away", async () => {
    await page.reload();
    await page.locator(".row-text").waitFor();
    const { data } = await service.client.call("listReviewQueue", { params: { id: pruningId } });
    const { datasetId } = await service.client.call("getPruning", { params: { id: pruningId } });
    const reviews = [{ ordinal: data[0]!.ordinal, verdict: "drop" as const }];
    await service.client.call("createReviews", {
      params: { id: datasetId },
      body: { type: "rows", reviews },
    });
    await page.keyboard.press("q");
    await page.getByRole("alert").filter({ hasText: "Somebody else" }).waitFor();
    await saved();
    const before = watched.faults.length;
    await browser.context.setOffline(true);
    await page.keyboard.press("q");
    await page.keyboard.press("w");
    await page.getByText("not saved yet").waitFor();
    await browser.context.setOffline(false);
    await saved();
    await expect.poll(decided).toBe(REVIEWED + 3);
    // The browser itself says what it could not send, and the conflict.
    expect(watched.faults.slice(before).every((fault) => fault.includes("net::ERR_"))).toBe(true);
  });

  it("finds everything after a reload, and exports it", async () => {
    await page.reload();
    await page.locator(".row-text").waitFor();
    await expect.poll(decided).toBe(REVIEWED + 3);
    await page.goto(`${service.api.url}/prunings/${pruningId}`);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      button("Download").click(),
    ]);
    const file = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split(/\r?\n/);
    expect(file[0]).toBe("id,title,label,true_label");
    expect(file.length).toBeGreaterThan(4_000);
    expect(file.length).toBeLessThan(6_001);
  });

  it("makes a version of the decisions, says what changed, and trains on it again", {
    timeout: TRAINING_MS,
  }, async () => {
    await button("Make a version").click();
    await page.getByRole("heading", { name: "Train and find doubtful labels" }).waitFor();
    const versionId = idInAddress();
    await page.getByRole("link", { name: "Versions", exact: true }).click();
    await page.getByRole("heading", { name: "Changes from demo-set" }).waitFor();
    const present = page.getByRole("navigation").locator("a[aria-current]");
    expect(await present.allTextContents()).toEqual(["Datasets", "Versions"]);
    await page.getByText(/^Relabelled [1-9]/).waitFor();
    await button("Start training").click();
    await page.waitForURL(/\/jobs\/job_/);
    await service.succeeded(idInAddress());
    await page.getByRole("link", { name: "See the flags" }).click();
    await page.getByRole("link", { name: "Review the flags" }).waitFor({ timeout: 180_000 });
    await page.goto(`${service.api.url}/datasets/${versionId}?tab=versions`);
    await page.getByRole("heading", { name: "Changes from demo-set" }).waitFor();
    // Both side by side, each with what its own training says of it.
    const versions = page.locator(".version");
    await expect.poll(() => versions.getByText("Estimated noise").count()).toBe(2);
    const noise = async (of: string) => {
      const { data } = await service.client.call("listPrunings", {
        query: { datasetId: of, state: "ready" },
      });
      const rate = data[0]!.report!.noise?.rate ?? data[0]!.report!.estimatedNoiseRate;
      return `${Number((100 * rate).toFixed(1))}%`;
    };
    const { datasetId } = await service.client.call("getPruning", { params: { id: pruningId } });
    expect(await versions.nth(0).textContent()).toContain(await noise(datasetId));
    expect(await versions.nth(1).textContent()).toContain(await noise(versionId));
    expect(await watched.picture("versions")).toEqual([]);
    expect(await watched.findings()).toEqual([]);
  });

  it("fits 1920 px, and asked nobody else for anything", async () => {
    await page.goto(`${service.api.url}/prunings/${pruningId}`);
    await page.getByRole("link", { name: "Review the flags" }).waitFor();
    await page.setViewportSize({ width: 1920, height: 1080 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1920);
    const said = watched.faults.filter((fault) => !/net::ERR_|status of 409/.test(fault));
    expect(said).toEqual([]);
  });
});
