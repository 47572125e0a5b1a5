import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { KUBERNETES_VALIDATE } from "../../infra/checks/tools.mjs";

const BASE = readFileSync(
  join(import.meta.dirname, "../../infra/kustomize/base/winnow.yaml"),
  "utf8",
);
/** The oldest that the chart takes, and the newest whose schemas the tool has. */
const VERSIONS = ["1.29", "1.37"];

/** What kubernetes-validate says of manifests, without KEDA's, which it does not know. */
function faults(manifests: string, version: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "winnow-manifests-"));
  try {
    const path = join(folder, "winnow.yaml");
    writeFileSync(path, manifests);
    const args = ["--strict", "--quiet", "--kubernetes-version", version, path];
    const { stdout, stderr, status } = spawnSync(KUBERNETES_VALIDATE, args, { encoding: "utf8" });
    const lines = `${stdout}${stderr}`.split("\n").filter(Boolean);
    const unknown = lines.filter((line) =>
      /Couldn't find schema for kind \w+ with api version keda/.test(line),
    );
    // Three kinds of KEDA's: a tool that knew nothing would say so of more.
    expect(unknown, lines.join("\n")).toHaveLength(3);
    const rest = lines.filter((line) => !unknown.includes(line));
    return status === 0 ? rest : [...rest, `ended with ${status}`];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it.each(VERSIONS)("the rendered base is what Kubernetes %s reads", (version) => {
  expect(faults(BASE, version)).toEqual([]);
});

it.each([
  ["replicas: 2", "replica: 2"],
  ["containerPort: 8080", "containerPort: http"],
  ["podSelector:", "podSelektor:"],
])("%s as %s is found", (right, typo) => {
  expect(BASE).toContain(right);
  for (const version of VERSIONS) {
    expect(faults(BASE.replaceAll(right, typo), version).length).toBeGreaterThan(0);
  }
});
