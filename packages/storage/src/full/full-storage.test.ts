import { open } from "node:fs/promises";
import { expect, it } from "vitest";
import { fullStorage } from "./full-storage.js";

const coded = (code: string) => Object.assign(new Error("write failed"), { code });
const ofBucket = (name: string, httpStatusCode: number) =>
  Object.assign(new Error("refused"), { name, $metadata: { httpStatusCode } });

it("a disk that is really full is reported with the system's error", async () => {
  const full = await open("/dev/full", "w");
  const error = await full.writeFile("x").catch((cause: unknown) => cause);
  await full.close();
  expect(fullStorage(error)).toEqual({ place: "folder", code: "ENOSPC" });
});

it.each(["ENOSPC", "EDQUOT", "EFBIG"])("%s of the system is a full folder", (code) => {
  expect(fullStorage(coded(code))).toEqual({ place: "folder", code });
});

it("disk_full of Postgres is a full database", () => {
  expect(fullStorage(coded("53100"))).toEqual({ place: "postgres", code: "53100" });
});

it.each([
  ["XMinioStorageFull", 507],
  ["XMinioAdminBucketQuotaExceeded", 400],
  ["QuotaExceeded", 403],
  ["SlowDown", 507],
])("%s with status %i is a full bucket", (name, status) => {
  expect(fullStorage(ofBucket(name, status))).toEqual({ place: "bucket", code: name });
});

it("nothing else is", () => {
  for (const error of [
    coded("EACCES"),
    coded("53300"),
    ofBucket("SlowDown", 503),
    "ENOSPC",
    null,
  ]) {
    expect(fullStorage(error)).toBeNull();
  }
});
