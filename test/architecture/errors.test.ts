import { ERROR_CODES } from "@winnow/contracts";
import { expect, it } from "vitest";
import { readPackages } from "./source-files.js";

it("every code of the catalogue is one that the code can answer with", () => {
  const texts = readPackages()
    .flatMap(({ files }) => files)
    .filter(({ path }) => !path.endsWith("/error-catalogue.ts"))
    .map(({ text }) => text)
    .join("\n");
  expect(ERROR_CODES.filter((code) => !texts.includes(`"${code}"`))).toEqual([]);
});
