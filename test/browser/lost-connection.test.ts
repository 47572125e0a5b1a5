import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { pruneFile } from "../support/pruned-file.js";
import { openService, type TestService } from "../support/service.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const FILE = `text,label\n${Array.from({ length: 40 }, (_, i) => `row ${i},${i % 2 ? "a" : "b"}`).join("\n")}\n`;
const FORMAT = { type: "csv", textColumn: "text", labelColumn: "label" } as const;

let service: TestService;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  service = await openService();
  browser = await openBrowser([]);
  page = await browser.context.newPage();
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

const away = () => page.getByText("The service does not answer. Trying again…");
const port = () => new URL(service.api.url).port;

it("keeps decisions while the API is dead, and sends them to the one that follows it", async () => {
  const flagged = Array.from({ length: 12 }, (_, i) => i);
  const { datasetId, pruningId } = await pruneFile(service, FILE, FORMAT, flagged);
  await page.goto(`${service.api.url}/prunings/${pruningId}/review`);
  await page.locator(".row-text").waitFor();
  await page.keyboard.press("w");
  await page.getByText("saved ✓").waitFor();
  await service.api.kill();
  for (const key of ["q", "e", "n"]) await page.keyboard.press(key);
  await page.getByRole("region", { name: "Flag 5", exact: true }).waitFor();
  await page.getByText("not saved yet").waitFor();
  await away().waitFor();
  await service.fixture.startApi({ PORT: port() });
  await page.getByText("saved ✓").waitFor();
  await away().waitFor({ state: "detached" });
  const { data } = await service.client.call("listReviews", {
    params: { id: datasetId },
    query: { limit: 100 },
  });
  expect(data.map(({ verdict }) => verdict).sort()).toEqual(["drop", "keep", "relabel", "unsure"]);
});

it("shows a job going on where the API, and then the worker, came back", async () => {
  await service.worker.stop();
  const upload = await service.upload(FILE);
  const job = await service.client.call("createDatasetIngest", {
    body: { name: "late", source: { type: "upload", uploadId: upload }, format: FORMAT },
  });
  await page.goto(`${service.api.url}/jobs/${job.id}`);
  await page.getByText("queued").first().waitFor();
  await service.fixture.stopAll();
  await away().waitFor();
  await service.fixture.startApi({ PORT: port() });
  await away().waitFor({ state: "detached" });
  await service.fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  await page.locator(".page-head").getByText("done").waitFor();
  await page.locator(".events").getByText("done").waitFor();
  // Its events came once each, in their order, over both connections.
  const ids = await page
    .locator(".events li")
    .evaluateAll((items) => items.map((item) => Number(item.getAttribute("data-event"))));
  expect(ids.length).toBeGreaterThan(1);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
});
