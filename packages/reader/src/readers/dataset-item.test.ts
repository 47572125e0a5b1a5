import { rejectWriter, sampleWriter } from "@winnow/copy-rows";
import { expect, it } from "vitest";
import { datasetItem } from "./dataset-item.js";
import { ReaderError } from "./reader-error.js";

const samples = sampleWriter().take();
const rejects = rejectWriter().take();

it("takes a file's size and batches of rows", () => {
  expect(datasetItem({ bytes: 12 })).toEqual({ bytes: 12 });
  expect(datasetItem({ samples, rejects, more: 1 })).toEqual({ samples, rejects });
});

it("refuses whatever else a process sends", () => {
  const { bytes } = samples;
  const wrong: unknown[] = [null, undefined, 7, "x", [], {}, { bytes: -1 }, { bytes: 0.5 }];
  wrong.push({ bytes: "12" }, { samples }, { rejects }, { samples, rejects: null });
  for (const rows of [-1, 1.5, Number.NaN, 2 ** 60, "1", null]) {
    wrong.push({ samples: { rows, bytes }, rejects });
  }
  for (const not of [null, [1], "bytes", new Int32Array(2), new ArrayBuffer(8)]) {
    wrong.push({ samples: { rows: 0, bytes: not }, rejects });
  }
  for (const item of wrong) expect(() => datasetItem(item)).toThrow(ReaderError);
});
