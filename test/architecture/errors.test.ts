import { ERROR_CODES, WARNING_CODES } from "@winnow/contracts";
import { expect, it } from "vitest";
import { readPackages } from "./source-files.js";

it("every code of the catalogue is one that the code can answer with", () => {
  const texts = textsWithout(/\/error-catalogue\.ts$/);
  expect(ERROR_CODES.filter((code) => !texts.includes(`"${code}"`))).toEqual([]);
});

it("every warning of the catalogue is one that the code can give", () => {
  // Besides the catalogue: its types and its translation.
  const texts = textsWithout(/\/(warning-catalogue|corpus-warning|zh-service)\.ts$/);
  expect(WARNING_CODES.filter((code) => !texts.includes(`"${code}"`))).toEqual([]);
});

function textsWithout(files: RegExp): string {
  return readPackages()
    .flatMap((one) => one.files)
    .filter(({ path }) => !files.test(path))
    .map(({ text }) => text)
    .join("\n");
}
