import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { globSync } from "tinyglobby";
import { describe, expect, it, vi } from "vitest";
import { KUBECTL } from "../../infra/checks/tools.mjs";
import { chartFaults } from "./chart-faults.js";
import { CHART, helm, parseManifests, podOf, ROOT, render, typeFaults } from "./chart-files.js";

vi.setConfig({ testTimeout: 120_000 });

const overlays = globSync("infra/helm/overlays/*.yaml", { cwd: ROOT });
const DEFAULT = render();
const renderings = {
  defaults: DEFAULT,
  ...Object.fromEntries(
    overlays.map((path) => [
      path.replace(/.*\/(.*)\.yaml/, "$1"),
      render("--values", join(ROOT, path)),
    ]),
  ),
};
const manifests = Object.fromEntries(
  Object.entries(renderings).map(([name, text]) => [name, parseManifests(text)]),
);

/** The defaults with one text changed everywhere. */
function broken(from: string, to: string) {
  expect(DEFAULT).toContain(from);
  return parseManifests(DEFAULT.replaceAll(from, to));
}

describe("the chart", () => {
  it("passes helm's lint with its defaults and with each overlay", () => {
    for (const args of [[], ...overlays.map((path) => ["--values", join(ROOT, path)])]) {
      const { status, output } = helm("lint", "--strict", CHART, ...args);
      expect(status, output).toBe(0);
    }
  });

  it.each([
    ["trainer.maxReplica=3", "maxReplica"],
    ["trainer.maxReplicas=many", "maxReplicas"],
    ["orchestrator.replicas=0", "replicas"],
    ["settings.REDIS_URL=redis://x", "REDIS_URL"],
    ["image.api=", "image"],
    ["networkPolicy.egressPorts=null", "egressPorts"],
  ])("refuses the value %s", (value, named) => {
    const { status, output } = helm("template", "winnow", CHART, "--set", value);
    expect([status, output]).toEqual([1, expect.stringContaining(named)]);
  });

  it("is what Kubernetes and KEDA read, field by field, and no typo is", () => {
    expect(typeFaults(manifests)).toEqual([]);
    const typos = {
      deployment: broken("replicas: 2", "replica: 2"),
      job: broken("backoffLimit:", "backoffLimt:"),
      pod: broken("restartPolicy: Never", "restartPolicy: Nevver"),
      budget: broken("maxUnavailable: 1", "maxUnavailble: 1"),
      policy: broken("podSelector:", "podSelektor:"),
      scaled: broken("maxReplicaCount:", "maxReplicasCount:"),
      probe: broken("periodSeconds: 20", "periodSecond: 20"),
    };
    const faults = typeFaults(typos).join("\n");
    for (const name of Object.keys(typos)) expect(faults).toContain(`${name}.ts`);
  });

  it("says what the code says: variables, roles, ports, probes, times, commands, the scaler's query", () => {
    for (const [name, list] of Object.entries(manifests))
      expect(chartFaults(list), name).toEqual([]);
  });

  it.each([
    ["name: HEALTH_PORT", "name: HEALTH_PROT"],
    ["value: trainer", "value: trainr"],
    ["containerPort: 8081", "containerPort: 8082"],
    ['value: "8080"', 'value: "8090"'],
    ["path: /readyz", "path: /ready"],
    ["port: health }", "port: helth }"],
    ["terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: 20"],
    ["mountPath: /var/lib/winnow", "mountPath: /var/lib/winow"],
    ["--once", "--one"],
    ["apps/cli/dist/main.js", "apps/cli/dist/man.js"],
    ["worker_demand", "worker_demands"],
    ["role = 'cpu'", "role = 'gpu'"],
    ["strategy: default", "strategy: accurate"],
    ["strategy: gradual", "strategy: immediate"],
    ["type: DisruptionTarget", "type: Disruption"],
    ["backoffLimit: 0", "backoffLimit: 3"],
  ])("with `%s` changed to `%s` disagrees with the code", (from, to) => {
    expect(chartFaults(broken(from, to))).not.toEqual([]);
  });

  it("no pod has more rights than it needs, and the migration's secret reaches the migration alone", () => {
    const pods = manifests.defaults!.flatMap((manifest) => {
      const pod = podOf(manifest);
      return pod ? [{ kind: manifest.metadata.name, pod: JSON.stringify(pod) }] : [];
    });
    expect(pods).toHaveLength(5);
    for (const { kind, pod } of pods) {
      expect(pod, kind).toContain('"readOnlyRootFilesystem":true');
      expect(pod, kind).toContain('"runAsNonRoot":true');
      expect(pod, kind).toContain('"automountServiceAccountToken":false');
      expect(pod, kind).toContain('"limits":{"memory":');
      expect(pod.includes("winnow-migration"), kind).toBe(kind === "winnow-migrate");
    }
  });

  it("an empty list of clients lets nobody in, not everybody", () => {
    const closed = parseManifests(render("--set-json", "networkPolicy.clients=[]"));
    const policies = closed.filter(({ kind }) => kind === "NetworkPolicy");
    expect(policies.flatMap(({ spec }) => spec.ingress ?? [])).toEqual([]);
    expect(policies.some(({ spec }) => spec.policyTypes.includes("Ingress"))).toBe(true);
  });

  it("the overlays ask for devices by the names of the device plugin", () => {
    const limits = (name: string) =>
      JSON.stringify(manifests[name]?.find(({ kind }) => kind === "ScaledJob")?.spec.jobTargetRef);
    expect(limits("gpu")).toContain('"nvidia.com/gpu":1');
    expect(limits("mig")).toContain('"nvidia.com/mig-1g.10gb":1');
    expect(limits("time-slicing")).toContain('"nvidia.com/gpu.shared":1');
    expect(limits("spot")).toContain('"nodeSelector"');
  });
});

describe("the Kustomize base", () => {
  const base = readFileSync(join(ROOT, "infra/kustomize/base/winnow.yaml"), "utf8");

  it("is the chart with its defaults: `npm run check:infra -- --write` renders it", () => {
    expect(base).toBe(DEFAULT);
  });

  it("is what kustomize builds", () => {
    const built = spawnSync(KUBECTL, ["kustomize", join(ROOT, "infra/kustomize/base")], {
      encoding: "utf8",
    });
    const names = (text: string) =>
      parseManifests(text).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(built.stderr).toBe("");
    expect(names(built.stdout).sort()).toEqual(names(base).sort());
  });
});
