import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { HELM, INFRA_TOOLS } from "../../infra/checks/tools.mjs";

export const ROOT = join(import.meta.dirname, "../..");
export const CHART = join(ROOT, "infra/helm/winnow");

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: its fields are held against the schemas
  readonly spec: any;
}

export const parseManifests = (text: string): Manifest[] =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);

export function helm(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(HELM, args, { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

/** The chart as text, with these arguments for helm. Throws if helm refuses them. */
export function render(...args: string[]): string {
  const { status, output } = helm("template", "winnow", CHART, ...args);
  if (status !== 0) throw new Error(output);
  return output;
}

/** What the compiler says of manifests as values of their types, which refuse unknown fields too. */
export function typeFaults(renderings: Readonly<Record<string, readonly Manifest[]>>): string[] {
  const folder = mkdtempSync(join(INFRA_TOOLS, "types-"));
  try {
    for (const [name, manifests] of Object.entries(renderings)) {
      const lines = manifests.flatMap((manifest, i) => [
        `import type { I${manifest.kind} as T${i} } from "${moduleOf(manifest)}";`,
        `export const m${i} = ${JSON.stringify(manifest)} satisfies T${i};`,
      ]);
      writeFileSync(join(folder, `${name}.ts`), lines.join("\n"));
    }
    const options = {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      module: "preserve",
      types: [],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options }));
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const { stdout, status } = spawnSync(tsc, ["-p", folder], { encoding: "utf8" });
    const faults = stdout.split("\n").filter((line) => line.includes("error TS"));
    if (status !== 0 && faults.length === 0) throw new Error(`tsc ended with ${status}: ${stdout}`);
    return faults;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const moduleOf = ({ apiVersion, kind }: Manifest): string => {
  const keda = apiVersion.startsWith("keda.sh/") ? "@kubernetes-models/keda" : "kubernetes-models";
  return `${keda}/${apiVersion}/${kind}`;
};

/** The pod of a manifest that makes pods. */
export const podOf = ({ spec }: Manifest) =>
  (spec.template ?? spec.jobTargetRef?.template)?.spec as Pod | undefined;

export interface Pod {
  readonly restartPolicy?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly containers: readonly Container[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: { httpGet: { path: string; port: string } } | undefined;
}
