import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./source-files.js";

const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
}

describe.each(["package-lock.json", "infra/native/package-lock.json"])("%s", (path) => {
  const packages: Record<string, Locked> = read(path).packages;

  it("names no registry, so that everybody installs from his own", () => {
    const named = Object.values(packages).filter(({ resolved }) => resolved?.includes("://"));
    expect(named).toEqual([]);
  });

  it("is of packages that are there by a version", () => {
    const installed = Object.entries(packages).filter(([name]) => name.includes("node_modules/"));
    expect(installed.length).toBeGreaterThan(100);
    const unversioned = installed.filter(([, { version, resolved }]) => !version && !resolved);
    expect(unversioned.map(([name]) => name)).toEqual([]);
  });
});

it("the project's own lockfile leaves the native TensorFlow packages out", () => {
  const names = Object.keys(read("package-lock.json").packages);
  expect(names.filter((name) => /@tensorflow\/tfjs(-node.*)?$/.test(name))).toEqual([]);
});

it("the native packages share one version with the core that the encoder uses", () => {
  const { dependencies: native } = read("infra/native/package.json");
  const { dependencies: encoder } = read("packages/encoder/package.json");
  expect(new Set(Object.values(native))).toEqual(new Set([encoder["@tensorflow/tfjs-core"]]));
  const locked: Record<string, Locked> = read("infra/native/package-lock.json").packages;
  expect(locked["node_modules/@tensorflow/tfjs-core"]?.version).toBe(
    encoder["@tensorflow/tfjs-core"],
  );
});
