import { describe, expect, it } from "vitest";
import {
  checkpointName,
  checkpointNumber,
  heldOutEpoch,
  heldOutName,
  leftoverAttempt,
  newestCheckpoints,
} from "./checkpoint-names.js";
import {
  checkpointsKey,
  folderPath,
  isModelFile,
  modelKey,
  newDownloadKey,
  runModelsKey,
  STORAGE_FOLDERS,
  storageDirOf,
  storedPath,
  uploadKey,
} from "./layout.js";
import { isUnfinished, lockOf, newPartOf, partOf, wholeOf } from "./parts.js";
import { datasetOfShared, sharedFileName } from "./shared-files.js";

const DATASET = "ds_0191d4a0-0000-7000-8000-000000000001";

describe("keys", () => {
  it("are those that rows and backups of earlier versions hold", () => {
    expect(uploadKey("up_1")).toBe("uploads/up_1");
    expect(checkpointsKey("task_1")).toBe("checkpoints/task_1");
    expect(modelKey("cv_1", 2, 3)).toBe("models/cv_1/fold-2/epoch-3");
    expect(newDownloadKey()).toMatch(/^downloads\/[0-9a-f-]{36}$/);
    expect(newDownloadKey()).not.toBe(newDownloadKey());
  });

  it("lie in folders of the layout", () => {
    const keys = [uploadKey("a"), newDownloadKey(), checkpointsKey("a"), runModelsKey("a")];
    for (const key of keys) expect(STORAGE_FOLDERS).toContain(key.split("/")[0]);
  });

  it("name files below the storage folder", () => {
    expect(storedPath("/data", uploadKey("up_1"))).toBe("/data/uploads/up_1");
    expect(folderPath("/data", "tokens")).toBe("/data/tokens");
    expect(storageDirOf("/data")).toBe("/data/storage");
  });

  it.each(["../secret", "uploads/../../secret", "", "."])('"%s" is refused', (key) => {
    expect(() => storedPath("/data", key)).toThrow(`storage key ${key} leaves its folder`);
  });
});

it("a model's files are those in an epoch's folder, not those of one being written", () => {
  expect(isModelFile("fold-0/epoch-1/config.json")).toBe(true);
  for (const path of ["fold-0/epoch-1", "fold-0/epoch-1.2.part/config.json", "config.json"]) {
    expect(isModelFile(path), path).toBe(false);
  }
});

describe("parts and locks", () => {
  it("differ from whole files by name", () => {
    expect(wholeOf(partOf("up_1"))).toBe("up_1");
    expect(wholeOf("up_1")).toBeNull();
    for (const name of [partOf("a"), newPartOf("a"), lockOf("a")]) {
      expect(isUnfinished(name), name).toBe(true);
    }
    expect(isUnfinished("a.tokens")).toBe(false);
  });

  it("of two writers have two names where they ask for them", () => {
    expect(newPartOf("a")).toMatch(/^a\.[0-9a-f]{12}\.part$/);
    expect(newPartOf("a")).not.toBe(newPartOf("a"));
  });
});

describe("checkpoint names", () => {
  it("hold number and attempt", () => {
    expect(checkpointName(12, 3)).toBe("00000012-3.checkpoint");
    expect(checkpointNumber("00000012-3.checkpoint")).toBe(12);
    expect(heldOutName(3, 1)).toBe("0003-0001.held-out");
    expect(heldOutEpoch("0003-0001.held-out")).toBe(3);
  });

  it("are sorted newest first, and nothing else is taken for one", () => {
    const names = [checkpointName(9, 1), heldOutName(9, 1), checkpointName(10, 1), "notes.txt"];
    const leftover = newPartOf(checkpointName(11, 2));
    expect(newestCheckpoints([...names, leftover])).toEqual([names[2], names[0]]);
    expect(checkpointNumber(leftover)).toBeNull();
    expect(heldOutEpoch(partOf(heldOutName(9, 1)))).toBeNull();
    expect(leftoverAttempt(leftover)).toBe(2);
    expect(leftoverAttempt(names[0]!)).toBeNull();
  });
});

it("a shared file is its dataset's, also while it is written", () => {
  const name = sharedFileName(DATASET, "0123456789abcdef0123", "tokens");
  expect(name).toBe(`${DATASET}-0123456789abcdef.tokens`);
  expect(datasetOfShared(name)).toBe(DATASET);
  expect(datasetOfShared(newPartOf(lockOf(name)))).toBe(DATASET);
  expect(datasetOfShared("another-file")).toBeNull();
});
