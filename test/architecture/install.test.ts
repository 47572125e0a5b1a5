import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it } from "vitest";
import { root } from "./source-files.js";

const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

describe.each(["package-lock.json", "infra/native/package-lock.json"])("%s", (path) => {
  const packages: Record<string, Locked> = read(path).packages;

  it("names no registry, so that everybody installs from their own", () => {
    const named = Object.values(packages).filter(({ resolved }) => resolved?.includes("://"));
    expect(named).toEqual([]);
  });

  it("is of packages that are there by a version", () => {
    const installed = Object.entries(packages).filter(([name]) => name.includes("node_modules/"));
    expect(installed.length).toBeGreaterThan(100);
    const unversioned = installed.filter(([, { version, resolved }]) => !version && !resolved);
    expect(unversioned.map(([name]) => name)).toEqual([]);
  });

  it("has the checksum of each, so that no registry can hand out another file", () => {
    const unchecked = Object.entries(packages).filter(
      ([name, { link, inBundle, integrity = "" }]) =>
        name.includes("node_modules/") &&
        !link &&
        !inBundle &&
        !/^sha512-[\w+/]{86}==$/.test(integrity),
    );
    expect(unchecked.map(([name]) => name)).toEqual([]);
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

const manifests = globSync(["package.json", "{apps,packages}/*/package.json"], { cwd: root });

it("the version stands in the root's package.json, and every package has the same", () => {
  const { version } = read("package.json");
  const lock: Record<string, Locked> = read("package-lock.json").packages;
  for (const path of manifests) {
    const { version: own, dependencies = {} } = read(path);
    const ownPackages = Object.keys(dependencies).filter((name) => name.startsWith("@winnow/"));
    expect([own, ...ownPackages.map((name) => dependencies[name])], path).toEqual(
      Array(ownPackages.length + 1).fill(version),
    );
    const folder = dirname(path);
    expect(lock[folder === "." ? "" : folder]?.version, `${path} in the lockfile`).toBe(version);
  }
});

it("every command of a package is a committed, executable file: npm links no other", () => {
  const commands = manifests.flatMap((path) =>
    Object.values<string>(read(path).bin ?? {}).map((file) => join(dirname(path), file)),
  );
  // Not the root as well: npx would then change the file's mode, which only its owner may.
  expect(commands).toEqual(["apps/cli/bin/winnow.mjs"]);
  const listed = execFileSync("git", ["ls-files", "--stage", ...commands], { cwd: root });
  expect(listed.toString()).toMatch(/^100755 \S+ 0\tapps\/cli\/bin\/winnow\.mjs\n$/);
});

it("the links by which npx finds the command in a fresh clone are committed, as npm makes them", () => {
  const listed = execFileSync("git", ["ls-files", "--stage", "node_modules"], { cwd: root });
  const links = listed
    .toString()
    .trim()
    .split("\n")
    .map((line) => line.split(/[ \t]/));
  expect(links.map(([mode, , , path]) => [mode, path])).toEqual([
    ["120000", "node_modules/.bin/winnow"],
    ["120000", "node_modules/@winnow/cli"],
  ]);
  expect(links.map(([, , , path]) => readlinkSync(join(root, path!)))).toEqual([
    "../@winnow/cli/bin/winnow.mjs",
    "../../apps/cli",
  ]);
});
