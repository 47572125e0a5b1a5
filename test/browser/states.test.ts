import { stringify } from "csv-stringify/sync";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { pruneFile } from "../support/pruned-file.js";
import { seedCrossValidation, seedFindings } from "../support/seed-data.js";
import { openService, type TestService } from "../support/service.js";
import { openWatchedPage, type WatchedPage } from "../support/watched-page.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const FORMAT = { type: "csv", textColumn: "text", labelColumn: "label" } as const;
const CLASSES = 428;
/** Paths of three levels, some of them longer than any place for them. */
const classOf = (n: number) =>
  n % 50 === 7
    ? `${"a very long name of a class that nobody has cut to size ".repeat(2)}${n}`
    : `area ${n % 12}/group ${n % 60}/class ${n}`;
const LONG_NAME = `an export of everything that was ever written in any of our channels ${"0123456789".repeat(12)}`;

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

const open = (path: string) => page.goto(`${service.api.url}${path}`);
const looksRight = async (picture: string) => {
  expect(await watched.picture(picture)).toEqual([]);
  expect(await watched.findings()).toEqual([]);
};

describe("a page that has nothing to show", () => {
  it.each([
    ["/datasets", "No dataset yet. Drop a file on the start page.", "no-datasets"],
    ["/jobs", "No job yet. Drop a file on the start page.", "no-jobs"],
  ])("%s says what to do next", async (path, says, picture) => {
    await open(path);
    await page.getByText(says).waitFor();
    await looksRight(picture);
  });

  it("says so of something that was deleted, and leads back", async () => {
    const id = "ds_0190f3a8-7c1e-7b7a-9f00-0123456789ab";
    await open(`/datasets/${id}`);
    await page.getByRole("alert").filter({ hasText: id }).waitFor();
    await looksRight("no-dataset");
  });

  it("says so of an address of nothing, which the service answers with 404", async () => {
    expect((await open("/nowhere/at-all"))?.status()).toBe(404);
    await page.getByText("There is nothing at this address.").waitFor();
    await looksRight("no-page");
  });
});

describe("what went wrong", () => {
  it("a job that failed says why, and what would help", async () => {
    const upload = await service.upload("text,label\na,b\n");
    const format = { ...FORMAT, textColumn: "nothing of that name" };
    const job = await service.client.call("createDatasetIngest", {
      body: { name: LONG_NAME, source: { type: "upload", uploadId: upload }, format },
    });
    expect((await service.ended(job.id)).state).toBe("failed");
    await open(`/jobs/${job.id}`);
    await page.getByRole("alert").waitFor();
    await looksRight("job-failed");
    await open(`/datasets/${job.datasetId}`);
    await page.getByRole("alert").waitFor();
    await looksRight("dataset-failed");
    // The title is the reader's; the detail comes from the service, in English, and is marked so.
    await page.evaluate("localStorage.setItem('winnow-language', 'zh')");
    await open(`/jobs/${job.id}`);
    const fault = page.getByRole("alert").filter({ hasText: "文件中没有这一列" });
    await fault.locator("[lang=en]").filter({ hasText: "nothing of that name" }).waitFor();
    await page.evaluate("localStorage.removeItem('winnow-language')");
  });
});

describe("428 classes with long names", () => {
  let datasetId: string;
  let pruningId: string;

  beforeAll(async () => {
    const rows = Array.from({ length: 2 * CLASSES }, (_, i) => [
      `headline ${i} about something that happened`,
      classOf(i % CLASSES),
    ]);
    const flagged = rows.flatMap((_, i) => (i % 9 === 0 ? i : []));
    const file = stringify([["text", "label"], ...rows]);
    ({ datasetId, pruningId } = await pruneFile(service, file, FORMAT, flagged, {
      name: LONG_NAME,
    }));
  });

  it.each(["overview", "runs", "versions", "rejects", "samples"])(
    "the dataset: %s",
    async (tab) => {
      await open(`/datasets/${datasetId}?tab=${tab}`);
      await page.getByRole("heading", { level: 1, name: LONG_NAME }).waitFor();
      await page.locator("section.card, .empty").first().waitFor();
      await looksRight(`many-${tab}`);
    },
  );

  it("the flags, with a heat map that is drawn", async () => {
    await open(`/prunings/${pruningId}`);
    await page.getByRole("application", { name: "Labels against what they look like" }).waitFor();
    await looksRight("many-pruning");
  });

  it("the run", async () => {
    const { crossValidationId } = await service.client.call("getPruning", {
      params: { id: pruningId },
    });
    await open(`/cross-validations/${crossValidationId}`);
    await page.getByRole("heading", { name: "Given label against predicted class" }).waitFor();
    await looksRight("many-run");
  });

  it("the review, its filter and the search of a label", async () => {
    await open(`/prunings/${pruningId}/review`);
    await page.locator(".row-text").waitFor();
    await page.locator(".filter summary").click();
    await page.getByLabel("In the text").waitFor();
    await looksRight("many-review");
    await page.locator("h1").click();
    await page.keyboard.press("/");
    await page.getByRole("dialog", { name: "Other label" }).waitFor();
    await looksRight("many-labels");
    await page.keyboard.type("class 42");
    await looksRight("many-labels-found");
  });

  it("said nothing in the console but what it was refused", () => {
    expect(watched.faults.filter((fault) => !/status of 404/.test(fault))).toEqual([]);
  });
});

describe("a job's findings", () => {
  it("are those of its result, and all of them after Show more", async () => {
    const { crossValidationId } = await seedCrossValidation(service.fixture.store);
    const jobId = await seedFindings(service.fixture.store, crossValidationId, 120);
    await open(`/jobs/${jobId}`);
    for (const part of ["Near-duplicates whose labels differ", "Rows that fit no class"]) {
      const card = page.locator("section.card").filter({ hasText: part });
      const rows = card.locator("tbody tr");
      await rows.first().waitFor();
      expect(await rows.count()).toBe(2);
      await card.getByRole("button", { name: "Show more" }).click();
      await expect.poll(() => rows.count()).toBe(120);
      expect(await card.getByRole("button", { name: "Show more" }).count()).toBe(0);
    }
    await looksRight("findings-whole");
  });
});
