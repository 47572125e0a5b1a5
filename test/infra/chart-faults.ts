import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { API_SETTINGS, readConfig as readApiConfig } from "@winnow/api";
import { readConfig as readWorkerConfig, WORKER_SETTINGS } from "@winnow/worker";
import { type Container, type Manifest, podOf, ROOT } from "./chart-files.js";

const SERVICES = { DATABASE_URL: "postgresql://w@127.0.0.1/w", REDIS_URL: "redis://127.0.0.1" };
/** In which the API finishes open requests after DRAIN_MS. */
const API_GRACE_MS = 9_000;
const PROBED = new Set(["/healthz", "/readyz"]);

const view = readFileSync(
  join(ROOT, "prisma/migrations/20261206090000_worker_demand/migration.sql"),
  "utf8",
);

/** Where manifests and code disagree: variables, roles, ports, probes, times, commands, the scaler's query. */
export function chartFaults(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const where = `${manifest.kind} ${manifest.metadata.name}`;
    const pod = podOf(manifest);
    const faults = [
      ...(pod?.containers ?? []).flatMap((container) => [
        ...containerFaults(container),
        ...graceFaults(container, pod?.terminationGracePeriodSeconds ?? 30),
      ]),
      ...triggerFaults(manifest),
      ...(manifest.kind === "ScaledJob" ? scaledJobFaults(manifest) : []),
    ];
    return faults.map((fault) => `${where}: ${fault}`);
  });
}

const environmentOf = ({ env = [] }: Container): Record<string, string> =>
  Object.fromEntries(env.map(({ name, value }) => [name, value]));

function containerFaults(container: Container): string[] {
  const settings = container.name === "api" ? API_SETTINGS : WORKER_SETTINGS;
  const environment = environmentOf(container);
  const faults = Object.keys(environment)
    .filter((name) => !Object.hasOwn(settings.shape, name))
    .map((name) => `the program reads no ${name}`);
  const ports = new Map(container.ports?.map((port) => [port.name, port.containerPort]));
  if (container.name !== "migrate") faults.push(...configFaults(container, ports));
  for (const [name, probe] of Object.entries(container).filter(([key]) => key.endsWith("Probe"))) {
    const { path, port } = (probe as { httpGet: { path: string; port: string } }).httpGet;
    if (!PROBED.has(path)) faults.push(`${name} asks for ${path}`);
    if (!ports.has(port)) faults.push(`${name} asks the port ${port}`);
  }
  const [program, main = "", ...options] = container.args ?? [];
  const source = main.replace("/dist/", "/src/").replace(/\.js$/, ".ts");
  if (program !== undefined && !(program === "node" && existsSync(join(ROOT, source)))) {
    faults.push(`there is no program ${main}`);
  }
  if (main.startsWith("apps/worker/") && options.join() !== "--once") {
    faults.push(`the worker has no option ${options}`);
  }
  return faults;
}

/** Values that the program refuses, or other ports and folders than the container has. */
function configFaults(container: Container, ports: ReadonlyMap<string, number>): string[] {
  const environment = { ...SERVICES, ...environmentOf(container) };
  const mounts = container.volumeMounts.map(({ mountPath }) => `${mountPath}/`);
  try {
    const { port, storageDir } =
      container.name === "api"
        ? readApiConfig(environment)
        : withPort(readWorkerConfig(environment));
    const faults: string[] = [];
    if (![...ports.values()].includes(port ?? 0)) faults.push(`it listens on ${port}`);
    if (!mounts.some((mount) => storageDir.startsWith(mount)))
      faults.push(`${storageDir} is no volume`);
    return faults;
  } catch (error) {
    return [(error as Error).message];
  }
}

const withPort = (config: ReturnType<typeof readWorkerConfig>) => ({
  ...config,
  port: config.healthPort,
});

function graceFaults(container: Container, graceSeconds: number): string[] {
  const environment = { ...SERVICES, ...environmentOf(container) };
  let neededMs = 0;
  try {
    if (container.name === "api") neededMs = readApiConfig(environment).drainMs + API_GRACE_MS;
    if (container.name === "worker") neededMs = readWorkerConfig(environment).shutdownGraceMs;
  } catch {
    return []; // a fault of its own
  }
  return neededMs < graceSeconds * 1000
    ? []
    : [`it needs ${neededMs} ms to end, and gets ${graceSeconds} s`];
}

/** The scaler's query has a view of the migrations, and a role that the view counts. */
function triggerFaults({ spec }: Manifest): string[] {
  const triggers = (spec.triggers ?? []) as { type: string; metadata: { query: string } }[];
  return triggers.flatMap(({ type, metadata: { query } }) => {
    const [, name, role] =
      /^SELECT tasks FROM public\.(\w+) WHERE role = '(\w+)'$/.exec(query) ?? [];
    if (type !== "postgresql") return [`the trigger is of the type ${type}`];
    if (!view.includes(`CREATE VIEW "${name}"`)) return [`no view answers ${query}`];
    return view.includes(`('${role}')`) ? [] : [`the view counts no role ${role}`];
  });
}

/** Decisions of the design: the service retries folds, and no fold is started twice. */
function scaledJobFaults({ spec }: Manifest): string[] {
  const faults: string[] = [];
  if (spec.jobTargetRef.backoffLimit !== 0) faults.push("its Jobs retry");
  if (podOf({ spec } as Manifest)?.restartPolicy !== "Never") faults.push("its pods restart");
  if (spec.scalingStrategy?.strategy !== "default") faults.push("its strategy starts folds twice");
  if (spec.rollout?.strategy !== "gradual") faults.push("an upgrade ends its folds");
  const [rule] = spec.jobTargetRef.podFailurePolicy?.rules ?? [];
  if (rule?.action !== "Ignore" || rule.onPodConditions?.[0]?.type !== "DisruptionTarget") {
    faults.push("an eviction fails its Job");
  }
  if (spec.triggers?.[0]?.metadata?.targetQueryValue !== "1") faults.push("not one Job a fold");
  return faults;
}
