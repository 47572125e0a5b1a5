import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { DatasetIngestParams } from "@winnow/contracts";
import { isPublicAddress, type Network, PUBLIC_NETWORK } from "@winnow/network";
import { READER_LIMITS, Readers } from "@winnow/reader";
import { createDatasetIngest, readDataset, withTransaction } from "@winnow/store";
import { ingestDataset, openStorage } from "@winnow/worker";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  openHttpsServer,
  TEST_CERTIFICATE,
  type TestHttpsServer,
} from "../../support/https-server.js";
import { ended, makeCsv } from "../../support/jobs.js";
import { mustClaim } from "../../support/seed-data.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const QUICK = { maxBytes: 1 << 20, timeoutMs: 10_000, pauseMs: 10 };

/** On 127.0.0.1, which counts as a public address in these tests; 127.0.0.2 stays private. */
let files: TestHttpsServer;
let secret: TestHttpsServer;
let answer: Answer;
let folder: string;
let resolved: string[];

beforeAll(async () => {
  files = await openHttpsServer((request, response) => answer(request, response));
  secret = await openHttpsServer((_, response) => response.end("secret"), "127.0.0.2");
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-urls-"));
  resolved = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

afterAll(async () => {
  await Promise.all([files.close(), secret.close()]);
});

const NAMES: Record<string, string[]> = {
  "files.test": ["127.0.0.1"],
  "mirror.test": ["127.0.0.1"],
  "private.test": ["127.0.0.2"],
  "mixed.test": ["127.0.0.1", "127.0.0.2"],
};

const network: Network = {
  async resolve(hostname) {
    resolved.push(hostname);
    const addresses = NAMES[hostname];
    if (!addresses) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    return addresses.map((address) => ({ address, family: 4 }));
  },
  allows: (address) => address === "127.0.0.1" || isPublicAddress(address),
  refusal: PUBLIC_NETWORK.refusal,
  ca: TEST_CERTIFICATE,
};

const fetched = (url: string, limits: object = {}, signal = new AbortController().signal) =>
  openStorage(folder, null, network, { ...QUICK, ...limits }).url(url, signal);

const urlOf = (name: string, path = "/") => `https://${name}:${files.port}${path}`;

/** A failed download leaves no file. */
const expectNothingLeft = () =>
  expect(
    existsSync(join(folder, "downloads")) ? readdirSync(join(folder, "downloads")) : [],
  ).toEqual([]);

describe("a file behind a URL", () => {
  it("is fetched once and can be read twice; its checksum is kept", async () => {
    const content = makeCsv(500);
    answer = (_, response) => response.end(content);
    const file = await fetched(urlOf("files.test"));
    expect(file.bytes).toBe(Buffer.byteLength(content));
    expect(file.sha256).toBe(createHash("sha256").update(content).digest("hex"));
    expect(readFileSync(file.file.path, "utf8")).toBe(content);
    expect(resolved).toEqual(["files.test"]);
    await file.remove();
    expectNothingLeft();
  });

  it("redirects are followed, and each is checked", async () => {
    answer = (request, response) => {
      if (request.url === "/old") {
        response.writeHead(302, { location: urlOf("mirror.test", "/new") }).end();
      } else if (request.url === "/new") response.writeHead(308, { location: "/last" }).end();
      else response.end("here");
    };
    const file = await fetched(urlOf("files.test", "/old"));
    expect(file.bytes).toBe(4);
    expect([...new Set(resolved)]).toEqual(["files.test", "mirror.test"]);
  });

  it("a temporary failure of the server is retried", async () => {
    let asked = 0;
    answer = (_, response) => {
      asked += 1;
      if (asked === 1) response.writeHead(503).end();
      else if (asked === 2) response.destroy();
      else response.end("at last");
    };
    expect((await fetched(urlOf("files.test"))).bytes).toBe(7);
    expect(asked).toBe(3);
  });
});

describe("a URL that is not fetched", () => {
  const refused = { code: "source-not-allowed" };

  it.each([
    ["another address", "https://127.0.0.2:PORT/"],
    ["a short form of loopback", "https://127.2:PORT/"],
    ["a hexadecimal one", "https://0x7f.2:PORT/"],
    ["a decimal one", "https://2130706434:PORT/"],
    ["an octal one", "https://0177.0.0.2:PORT/"],
    ["loopback as IPv6", "https://[::ffff:127.0.0.2]:PORT/"],
    ["the same in hexadecimal", "https://[::ffff:7f00:2]:PORT/"],
    ["a cloud's metadata", "https://169.254.169.254/latest/meta-data/"],
    ["a private network", "https://10.0.0.1/"],
    ["a name that resolves to loopback", "https://private.test:PORT/"],
    ["a name of which one address is loopback", "https://mixed.test:PORT/"],
    ["plain http", "http://files.test/"],
    ["another scheme", "file:///etc/passwd"],
    ["a user name", "https://me:secret@files.test/"],
  ])("%s: no connection is made", async (_, url) => {
    const before = files.connections();
    const asked = url.replace("PORT", String(secret.port));
    await expect(fetched(asked)).rejects.toMatchObject(refused);
    expect([secret.connections(), files.connections() - before]).toEqual([0, 0]);
    expectNothingLeft();
  });

  it.each([
    ["an address", () => `https://127.0.0.2:${secret.port}/`],
    ["a short form of loopback", () => `https://127.2:${secret.port}/`],
    ["a hexadecimal one", () => `https://0x7f.2:${secret.port}/`],
    ["loopback as IPv6", () => `https://[::ffff:127.0.0.2]:${secret.port}/`],
    ["loopback's own IPv6", () => `https://[::1]:${secret.port}/`],
    ["a cloud's metadata", () => "https://169.254.169.254/latest/meta-data/"],
    ["a name", () => `https://private.test:${secret.port}/`],
    ["plain http", () => `http://files.test:${files.port}/`],
  ])("a redirect to %s is not followed", async (_, location) => {
    answer = (_request, response) => response.writeHead(302, { location: location() }).end();
    await expect(fetched(urlOf("files.test"))).rejects.toMatchObject(refused);
    expect(secret.connections()).toBe(0);
    expectNothingLeft();
  });

  it("a name that changes its address is connected to at the checked one, or not at all", async () => {
    let asked = 0;
    const rebinding: Network = {
      ...network,
      async resolve() {
        asked += 1;
        return [{ address: asked === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
      },
    };
    answer = (_, response) => response.end("the public one");
    const storage = openStorage(folder, null, rebinding, QUICK);
    const { signal } = new AbortController();
    expect((await storage.url(urlOf("files.test"), signal)).bytes).toBe(14);
    expect(asked).toBe(1);
    await expect(storage.url(urlOf("files.test"), signal)).rejects.toMatchObject(refused);
    expect(secret.connections()).toBe(0);
  });

  it("the machine's own resolver is not trusted more", async () => {
    const storage = openStorage(folder, null, PUBLIC_NETWORK, QUICK);
    const before = files.connections();
    const { signal } = new AbortController();
    await expect(storage.url(urlOf("localhost"), signal)).rejects.toMatchObject(refused);
    expect(files.connections()).toBe(before);
  });

  it("a certificate that is not trusted", async () => {
    const { ca: _, ...distrusting } = network;
    const storage = openStorage(folder, null, distrusting, QUICK);
    await expect(
      storage.url(urlOf("files.test"), new AbortController().signal),
    ).rejects.toMatchObject({
      code: "corpus-invalid",
      message: expect.stringMatching(/CERT|SIGNED/),
    });
  });
});

describe("limits", () => {
  it.each([
    ["said beforehand", { "content-length": "5000000" }],
    ["not said", {}],
  ])("a file that is too large (%s) is not kept", async (_, headers) => {
    answer = (_request, response) => {
      response.writeHead(200, headers);
      response.on("error", () => {});
      response.write(Buffer.alloc(700_000));
      response.write(Buffer.alloc(700_000));
      if (!("content-length" in headers)) response.end();
    };
    await expect(fetched(urlOf("files.test"))).rejects.toMatchObject({ code: "payload-too-large" });
    expectNothingLeft();
  });

  it("a download that takes too long is given up", async () => {
    answer = (_, response) => {
      response.write("slowly");
    };
    const late = fetched(urlOf("files.test"), { timeoutMs: 300 });
    await expect(late).rejects.toMatchObject({
      code: "corpus-invalid",
      message: expect.stringContaining("longer than 0.3 s"),
    });
    expectNothingLeft();
  });

  it("a cancel ends the download at once", async () => {
    answer = (_, response) => {
      response.write("slowly");
    };
    const cancel = new AbortController();
    const fetching = fetched(urlOf("files.test"), {}, cancel.signal);
    void sleep(50).then(() => cancel.abort(new Error("cancelled")));
    await expect(fetching).rejects.toThrow("cancelled");
    expectNothingLeft();
  });

  it.each([
    ["a page that is not there", 404, /answers 404/],
    ["a server that fails for good", 500, /answers 500/],
  ])("%s is reported", async (_, status, message) => {
    answer = (_request, response) => response.writeHead(status).end();
    await expect(fetched(urlOf("files.test"))).rejects.toMatchObject({
      code: "corpus-invalid",
      message: expect.stringMatching(message),
    });
  });

  it("a loop of redirects ends", async () => {
    answer = (_, response) => response.writeHead(301, { location: "/" }).end();
    await expect(fetched(urlOf("files.test"))).rejects.toThrow(/redirects more than 5 times/);
  });

  it("an unknown name and a closed port are reported", async () => {
    await expect(fetched("https://nowhere.test/")).rejects.toThrow(/ENOTFOUND/);
    await expect(fetched("https://files.test:1/")).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("an ingest from a URL", () => {
  let fixture: WorkerFixture;

  beforeAll(async () => {
    fixture = await openWorkerFixture();
  });

  afterAll(async () => {
    await fixture.close();
  });

  const post = (url: string) => {
    const params = DatasetIngestParams.parse({
      name: "fetched",
      source: { type: "url", url },
      format: { type: "csv", trueLabelColumn: "truth", idColumn: "id" },
      labels: { minPerClass: 2 },
    });
    return withTransaction(fixture.store, (tx) => createDatasetIngest(tx, params));
  };

  it("becomes a dataset like any file, read twice and fetched once", async () => {
    const bytes = gzipSync(makeCsv(200));
    let asked = 0;
    answer = (_, response) => {
      asked += 1;
      response.end(bytes);
    };
    const claim = await mustClaim(fixture.store, await post(urlOf("files.test")));
    const { storageDir } = fixture;
    const readers = new Readers(READER_LIMITS);
    await ingestDataset(openStorage(storageDir, null, network, QUICK), readers)(claim, {
      store: fixture.store,
      log: pino({ level: "silent" }),
      signal: new AbortController().signal,
      beat: () => {},
      announce: async () => {},
      event: async () => {},
      span: null,
    });
    expect(await readDataset(fixture.store, claim.datasetId!)).toMatchObject({
      state: "ready",
      rows: 200,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
    expect(asked).toBe(1);
    expect(readdirSync(join(storageDir, "downloads"))).toEqual([]);
  });

  it("the worker's process fetches nothing by default", async () => {
    const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
    const job = await ended(fixture.store, await post("https://93.184.216.34/"));
    expect(job.error).toMatchObject({ code: "source-not-allowed" });
    expect(job.error?.detail).toContain("off on this worker");
    await worker.stop();
  });

  it("the worker's process refuses loopback in every spelling, without a connection", async () => {
    const worker = await fixture.startWorker({
      WORKER_ROLES: "cpu,orchestrator",
      URL_SOURCES: "true",
    });
    const before = files.connections();
    const hosts = ["127.1", "0x7f.1", "[::ffff:127.0.0.1]", "localhost", "169.254.169.254"];
    for (const host of hosts) {
      const job = await ended(fixture.store, await post(`https://${host}:${files.port}/`));
      expect(job).toMatchObject({ state: "failed", error: { code: "source-not-allowed" } });
      expect(job.error?.detail).toContain("not public");
    }
    expect(files.connections()).toBe(before);
    await worker.stop();
  }, 360_000);
});
