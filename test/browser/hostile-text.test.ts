import { stringify } from "csv-stringify/sync";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openBrowser, type TestBrowser } from "../support/browser.js";
import { pruneDataset } from "../support/pruned-file.js";
import { openService, type TestService } from "../support/service.js";
import { openWatchedPage, type WatchedPage } from "../support/watched-page.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

/** What a text or a label may hold, and a page must show as it stands. */
const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "\u202egnp.tset\u202c left to right again",
  "مرحبا بالعالم",
  '=HYPERLINK("http://evil.example","x")',
  "{{constructor.constructor('alert(1)')()}}",
  "javascript:alert(1)",
  "&lt;b&gt; &amp;",
];
const LONG = "x".repeat(10_000);
const LABELS = ["<b>bold</b>", "a/<script>alert(2)</script>", "l\u202eabel"];

let service: TestService;
let browser: TestBrowser;
let watched: WatchedPage;

beforeAll(async () => {
  service = await openService();
  browser = await openBrowser([]);
  watched = await openWatchedPage(browser, service.api.url);
});
afterAll(async () => {
  await browser?.close();
  await service?.close();
});

/** Without a label: it is rejected. */
const REJECTED = "<img src=x onerror=alert(4)>";

// The first text once more at the end, with another label.
const rows = [
  ...[...HOSTILE, LONG, ...Array.from({ length: 22 }, (_, i) => `plain ${i}`)],
  HOSTILE[0],
].map((text, i) => [text, LABELS[i % LABELS.length]]);
const FILE = [["text", "label"], ...rows, [REJECTED, ""]];

it("shows hostile texts and labels as texts, in the preview, the rows, the flags and the review", async () => {
  const { page } = watched;
  await page.goto(service.api.url);
  const buffer = Buffer.from(stringify(FILE));
  const name = "<script>alert(3)</script>.csv";
  await page.setInputFiles("input[type=file]", { name, mimeType: "text/csv", buffer });
  await page.getByRole("heading", { name, exact: true }).waitFor();
  await page.getByText(/^3 classes in the first/).waitFor();
  for (const text of HOSTILE) await page.getByText(text, { exact: true }).first().waitFor();
  expect(await watched.picture("hostile-preview")).toEqual([]);

  await page.getByRole("button", { name: "Read the file" }).click();
  await page.getByRole("link", { name: "Rows", exact: true }).click();
  for (const text of HOSTILE) await page.getByText(text, { exact: true }).first().waitFor();
  const datasetId = new URL(page.url()).pathname.split("/")[2]!;
  const flagged = rows.map((_, i) => i).filter((i) => i < HOSTILE.length + 1);
  const { pruningId } = await pruneDataset(service, datasetId, flagged);

  await page.goto(`${service.api.url}/prunings/${pruningId}`);
  for (const text of HOSTILE) await page.getByText(text, { exact: true }).first().waitFor();
  expect(await watched.picture("hostile-pruning")).toEqual([]);

  await page.goto(`${service.api.url}/prunings/${pruningId}/review`);
  const seen: (string | null)[] = [];
  for (let i = 0; i < flagged.length; i += 1) {
    await page.getByRole("region", { name: `Flag ${i + 1}`, exact: true }).waitFor();
    seen.push(await page.locator(".row-text").textContent());
    if (seen.at(-1) === LONG) expect(await watched.picture("hostile-review")).toEqual([]);
    await page.keyboard.press("w");
  }
  expect(seen.sort()).toEqual([...HOSTILE, LONG].sort());
  await page.getByText("This was the last row of the filter").waitFor();
  await page.getByText("saved ✓").waitFor();
  const report = await service.client.call("getReviewReport", { params: { id: pruningId } });
  expect(report.confirmed).toBe(flagged.length);
  expect(watched.faults).toEqual([]);
});

it("shows them as texts on every other page too", async () => {
  const { page } = watched;
  const { url } = service.api;
  const shows = async (place: string, ...texts: readonly string[]) => {
    await page.goto(`${url}${place}`);
    for (const text of texts) await page.getByText(text, { exact: true }).first().waitFor();
    expect(await watched.findings(), place).toEqual([]);
  };
  const { data: datasets } = await service.client.call("listDatasets", {});
  const dataset = datasets.find(({ rejected }) => rejected === 1)!;
  const { data: runs } = await service.client.call("listCrossValidations", {});
  const { data: jobs } = await service.client.call("listJobs", {
    query: { kind: "dataset-ingest" },
  });
  await shows("/datasets", dataset.name);
  await shows(`/datasets/${dataset.id}`, dataset.name, ...LABELS, HOSTILE[0]!);
  await shows(`/datasets/${dataset.id}?tab=rejects`);
  await page.getByText(REJECTED).first().waitFor();
  await shows(`/datasets/${dataset.id}?tab=versions`, dataset.name);
  await shows(`/datasets/${dataset.id}?tab=runs`, dataset.name);
  await shows(`/cross-validations/${runs[0]!.id}`, dataset.name, ...LABELS);
  await shows(`/jobs/${jobs[0]!.id}`, "Read a file");
  await shows("/jobs");
  await page.getByRole("link", { name: "Read a file" }).first().waitFor();
  await page.goto(`${url}/new/pruning`);
  const listed = page.getByLabel("Cross-validation", { exact: true }).locator("option");
  await expect.poll(async () => (await listed.allTextContents()).join()).toContain(dataset.name);
  expect(watched.faults).toEqual([]);
});

it("says what is wrong with a file that is none, and takes another", async () => {
  const { page } = watched;
  await page.goto(service.api.url);
  await page.getByRole("button", { name: "Another file" }).click();
  const buffer = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]);
  await page.setInputFiles("input[type=file]", {
    name: "picture.csv",
    mimeType: "text/csv",
    buffer,
  });
  await page.getByRole("heading", { name: "picture.csv" }).waitFor();
  await expect
    .poll(() =>
      page.getByRole("button", { name: "Read the file" }).or(page.getByRole("alert")).count(),
    )
    .toBeGreaterThan(0);
  expect(await watched.picture("no-file")).toEqual([]);
  await page.getByRole("button", { name: "Another file" }).click();
  await page.getByRole("heading", { name: "Which labels are wrong?" }).waitFor();
});
