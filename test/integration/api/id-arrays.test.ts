import { parseNpyHeader, readNpyStrings } from "@winnow/npy";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { seedCrossValidation } from "../../support/seed-data.js";

let api: TestApi;
beforeAll(async () => {
  api = await openTestApi({ maxConnections: 3, app: { maxDownloads: 2 } });
});
afterAll(() => api.close());

/** A finished run over `rows` samples with ids of their own, changed to these from the first row on. */
async function seedIds(rows: number, ids: readonly (string | null)[]) {
  const seeded = await seedCrossValidation(api.store, rows, 3, 2);
  await poolOf(api.store).query(
    `UPDATE samples s SET external_id = new.id
     FROM unnest($2::text[]) WITH ORDINALITY AS new(id, n), datasets d
     WHERE d.id = $1 AND s.dataset_key = d.key AND s.ordinal = new.n - 1`,
    [seeded.datasetId, ids],
  );
  return seeded;
}

const idsOf = (crossValidationId: string) =>
  api.app.inject(`/v1/cross-validations/${crossValidationId}/probabilities?part=ids`);

async function arrayOf(crossValidationId: string) {
  const { statusCode, headers, rawPayload } = await idsOf(crossValidationId);
  expect(statusCode).toBe(200);
  expect(headers["content-length"]).toBe(String(rawPayload.length));
  const header = parseNpyHeader(rawPayload);
  return { header, bytes: rawPayload, data: rawPayload.subarray(header.dataOffset) };
}

describe("the array of ids", () => {
  it("holds the file's ids in sample order", async () => {
    const { crossValidationId } = await seedCrossValidation(api.store, 12, 3, 2);
    const { header, bytes } = await arrayOf(crossValidationId);
    // row-10 is the longest.
    expect(header).toMatchObject({ dtype: "str", itemSize: 24, littleEndian: true, shape: [12] });
    expect(await readNpyStrings([bytes])).toEqual(
      Array.from({ length: 12 }, (_, ordinal) => `row-${ordinal}`),
    );
  });

  it("counts code points, and has an empty string where there is no id", async () => {
    const ids = [
      "\u65b0\u95fb\u6807\u9898",
      null,
      "\u{1f33e}\u{1f600}",
      "",
      "e\u0301",
      "007",
      " a ",
      "\u{20bb7}\u91ce\u5bb6x",
    ];
    const { crossValidationId } = await seedIds(ids.length, ids);
    const { header, bytes, data } = await arrayOf(crossValidationId);
    expect(header).toMatchObject({ dtype: "str", itemSize: 16, shape: [ids.length] });
    expect(await readNpyStrings([bytes])).toEqual(ids.map((id) => id ?? ""));
    const emoji = new DataView(data.buffer, data.byteOffset + 2 * 16, 16);
    expect([0, 4, 8, 12].map((at) => emoji.getUint32(at, true))).toEqual([0x1f33e, 0x1f600, 0, 0]);
  });

  it("has a character of room where every id is empty, as numpy does", async () => {
    const { crossValidationId } = await seedIds(6, ["", null, "", null, "", ""]);
    const { header, bytes } = await arrayOf(crossValidationId);
    expect(header).toMatchObject({ dtype: "str", itemSize: 4 });
    expect(await readNpyStrings([bytes])).toEqual(["", "", "", "", "", ""]);
  });

  it("is int64 ids of the samples where no row has one", async () => {
    const { crossValidationId, datasetId } = await seedIds(12, new Array<null>(12).fill(null));
    const { header, data } = await arrayOf(crossValidationId);
    expect(header).toMatchObject({ dtype: "int64", shape: [12] });
    const page = await api.app.inject(`/v1/datasets/${datasetId}/samples?limit=1000`);
    const wanted = page.json().data.map((sample: { sampleId: number }) => BigInt(sample.sampleId));
    expect([...new BigInt64Array(new Uint8Array(data).buffer)]).toEqual(wanted);
  });

  it("is read in blocks: the longest ids allowed, more of them than a block holds", async () => {
    const longest = "\u6c49".repeat(1024);
    const { crossValidationId } = await seedIds(600, [longest]);
    const { header, bytes } = await arrayOf(crossValidationId);
    expect(header.itemSize).toBe(4096);
    const read = await readNpyStrings([bytes]);
    expect(read).toEqual([longest, ...Array.from({ length: 599 }, (_, i) => `row-${i + 1}`)]);
  });

  it.each([1025, 100_000])("is refused with an id of %i characters, every time", async (length) => {
    const { crossValidationId } = await seedIds(6, [null, "\u{1f33e}".repeat(length)]);
    // More often than there are slots for downloads.
    for (let i = 0; i < 4; i++) {
      const answer = await idsOf(crossValidationId);
      expectProblem(answer, "ids-too-long");
      expect(answer.json().detail).toContain(`${length} characters`);
      expect(answer.headers["content-disposition"]).toBeUndefined();
    }
  });
});
