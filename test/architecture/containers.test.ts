import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { API_SETTINGS, readConfig as readApiConfig } from "../../apps/api/src/config.js";
import { CLI_SETTINGS, readEnvironment } from "../../apps/cli/src/config.js";
import { readConfig as readWorkerConfig, WORKER_SETTINGS } from "../../apps/worker/src/config.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");

const Service = z.object({
  image: z.string().optional(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  env_file: z.array(z.object({ path: z.string(), required: z.boolean() })).optional(),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  read_only: z.boolean().optional(),
  restart: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  deploy: z.object({
    resources: z.object({ limits: z.object({ memory: z.string(), pids: z.number() }) }),
  }),
});
const Compose = z.object({
  services: z.record(z.string(), Service),
  volumes: z.record(z.string(), z.null()),
});

/** Compose with `${NAME...}` filled in from `values`. */
function readCompose(values: Record<string, string>) {
  const asked = /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g;
  const text = read("docker-compose.yml").replace(asked, (_, name: string, fallback?: string) => {
    const value = values[name] ?? fallback;
    if (value === undefined) throw new Error(`docker-compose.yml asks for ${name}.`);
    return value;
  });
  return Compose.parse(parse(text, { merge: true }));
}

const OWN_PASSWORD = "POSTGRES_PASSWORD";
const PASSWORD = "secret123";
const REDIS_PASSWORD = "another456";
const APP_PASSWORD = "third789";
const { services, volumes } = readCompose({
  POSTGRES_PASSWORD: PASSWORD,
  POSTGRES_APP_PASSWORD: APP_PASSWORD,
  REDIS_PASSWORD,
});
const service = (name: string) => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
};

/** `NAME=value` lines of .env.example; those behind `# ` tell a default. */
const exampleLines = [...read(".env.example").matchAll(/^(# )?([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(
  ([, hash, name = "", value = ""]) => ({ name, value, isDefault: hash !== undefined }),
);
const schemaKeys = (schema: z.ZodObject) => Object.keys(schema.shape);
const apiKeys = schemaKeys(API_SETTINGS);
const workerKeys = schemaKeys(WORKER_SETTINGS);
const cliKeys = schemaKeys(CLI_SETTINGS);

describe(".env.example", () => {
  it("names every variable that the programs read, and no other", () => {
    const names = exampleLines.map(({ name }) => name);
    const own = ["POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD", "REDIS_PASSWORD"];
    const read = new Set([...apiKeys, ...workerKeys, ...cliKeys, ...own]);
    expect([...names].sort()).toEqual([...read].sort());
  });

  it("shows the defaults of the programs", () => {
    const given = exampleLines.filter(({ isDefault }) => !isDefault);
    const bare = Object.fromEntries(given.map(({ name, value }) => [name, value]));
    const whole = Object.fromEntries(exampleLines.map(({ name, value }) => [name, value]));
    expect(readApiConfig(whole)).toEqual(readApiConfig(bare));
    expect(readWorkerConfig(whole)).toEqual(readWorkerConfig(bare));
    expect(readEnvironment(whole)).toEqual(readEnvironment(bare));
  });
});

describe("docker-compose.yml", () => {
  const api = readApiConfig(service("api").environment);
  const worker = readWorkerConfig(service("worker").environment);

  it("gives each program variables that it reads, with values that it takes", () => {
    const keysOf = { api: apiKeys, worker: workerKeys, migrate: cliKeys };
    for (const [name, keys] of Object.entries(keysOf)) {
      // The owner's password is emptied in those that need not know it.
      const given = Object.keys(service(name).environment).filter((key) => key !== OWN_PASSWORD);
      expect(keys, name).toEqual(expect.arrayContaining(given));
    }
    expect(readEnvironment(service("migrate").environment).DATABASE_URL).toBe(api.databaseUrl);
  });

  it("sends all programs to its own Postgres and Redis", () => {
    const { POSTGRES_USER, POSTGRES_DB } = service("postgres").environment;
    const owner = `postgresql://${POSTGRES_USER}:${PASSWORD}@postgres:5432/${POSTGRES_DB}`;
    const url = `postgresql://winnow_app:${APP_PASSWORD}@postgres:5432/${POSTGRES_DB}`;
    expect([api.databaseUrl, worker.databaseUrl]).toEqual([url, url]);
    expect(readEnvironment(service("migrate").environment).MIGRATION_DATABASE_URL).toBe(owner);
    // The whole .env reaches them.
    for (const name of ["api", "worker"]) {
      expect(service(name).environment.POSTGRES_PASSWORD).toBe("");
      expect(JSON.stringify(service(name).environment)).not.toContain(PASSWORD);
    }
    const redisUrl = `redis://:${REDIS_PASSWORD}@redis:6379`;
    expect([api.redisUrl, worker.redisUrl]).toEqual([redisUrl, redisUrl]);
    expect(service("redis").command?.join(" ")).toContain(`--requirepass ${REDIS_PASSWORD}`);
    expect(service("redis").environment.REDISCLI_AUTH).toBe(REDIS_PASSWORD);
    expect(service("postgres").ports).toEqual([]);
    expect(service("redis").ports).toEqual([]);
  });

  it("keeps what Redis holds: written to disk, never evicted", () => {
    const command = service("redis").command?.join(" ");
    expect(command).toContain("--appendonly yes");
    expect(command).toContain("--maxmemory-policy noeviction");
    expect(service("redis").volumes).toContain("redis:/data");
  });

  it("publishes the API's port on loopback, where its health check asks", () => {
    expect(service("api").ports).toEqual([`127.0.0.1:${api.port}:${api.port}`]);
    expect(api.host).toBe("0.0.0.0");
    expect(service("api").healthcheck?.test.join(" ")).toContain(`127.0.0.1:${api.port}/readyz`);
    expect(worker.healthHost).toBe("0.0.0.0");
    expect(service("worker").ports).toEqual([]);
    const health = `127.0.0.1:${worker.healthPort}/readyz`;
    expect(service("worker").healthcheck?.test.join(" ")).toContain(health);
  });

  it("is reached without keys by local names and its own, whatever TRUSTED_NETWORK says", () => {
    expect(api.trustedNetwork).toBe(true);
    expect(api.allowedHosts).toEqual(["api"]);
    expect(service("api").ports.every((port) => port.startsWith("127.0.0.1:"))).toBe(true);
  });

  it("refuses to start without passwords of one's own", () => {
    for (const given of [{ POSTGRES_PASSWORD: "a" }, { REDIS_PASSWORD: "a" }]) {
      expect(() => readCompose(given as Record<string, string>)).toThrow(/asks for/);
    }
  });

  it("migrates before the programs start, and waits for the database before that", () => {
    expect(service("migrate").depends_on.postgres?.condition).toBe("service_healthy");
    expect(service("migrate").restart).toBe("no");
    for (const name of ["api", "worker"]) {
      const { migrate, redis } = service(name).depends_on;
      expect(migrate?.condition, name).toBe("service_completed_successfully");
      expect(redis?.condition, name).toBe("service_healthy");
    }
  });

  it("gives API and worker the same storage, on read-only roots", () => {
    expect(worker.storageDir).toBe(api.storageDir);
    for (const name of ["api", "worker"]) {
      expect(service(name).read_only, name).toBe(true);
      const [volume = "", folder = ""] = service(name).volumes[0]?.split(":") ?? [];
      expect(Object.keys(volumes)).toContain(volume);
      expect(`${api.storageDir}/`.startsWith(`${folder}/`), name).toBe(true);
    }
  });

  it("starts without a profile what the service needs, and no more", () => {
    const always = Object.keys(services).filter((name) => service(name).profiles.length === 0);
    expect(always.sort()).toEqual(["api", "migrate", "postgres", "redis", "worker"]);
  });

  it("has a trainer that differs from the worker in its roles alone", () => {
    const { WORKER_ROLES, ...same } = service("trainer").environment;
    expect(same).toEqual(service("worker").environment);
    expect(readWorkerConfig({ ...same, WORKER_ROLES: WORKER_ROLES! }).roles).toEqual(
      new Set(["trainer"]),
    );
    const { environment: _, profiles, ...rest } = service("trainer");
    const { environment: __, profiles: ___, ...worker } = service("worker");
    expect([profiles, rest]).toEqual([["trainer"], worker]);
  });

  it("backs up the files and the database that the API has, as their owner", () => {
    const { command = [], environment, volumes: mounted } = service("backup");
    expect(command.slice(0, 3)).toEqual(["node", "apps/cli/dist/main.js", "backup"]);
    const settings = readEnvironment(environment);
    expect(settings.STORAGE_DIR).toBe(api.storageDir);
    expect(settings.DATABASE_URL).toBe(api.databaseUrl);
    const { MIGRATION_DATABASE_URL } = readEnvironment(service("migrate").environment);
    expect(settings.MIGRATION_DATABASE_URL).toBe(MIGRATION_DATABASE_URL);
    const target = mounted.map((mount) => mount.split(":")).find(([name]) => name === "backups");
    expect(command[3]).toMatch(new RegExp(`^${target?.[1]}/`));
    const file = read(service("backup").build?.dockerfile ?? "");
    expect(file).toMatch(new RegExp(`chown 1000:1000 .*${target?.[1]}$`, "m"));
  });

  it("has Prometheus read every program at its port, and Grafana Prometheus", () => {
    const { scrape_configs: jobs } = parse(read("infra/observability/prometheus.yml"));
    const [ofApi, ofWorkers] = jobs;
    expect(ofApi.static_configs).toEqual([{ targets: [`api:${api.port}`] }]);
    const [{ names, port }] = ofWorkers.dns_sd_configs;
    expect(port).toBe(worker.healthPort);
    expect(names).toEqual(
      Object.keys(services).filter((name) => service(name).image === service("worker").image),
    );
    const { datasources } = parse(read("infra/observability/grafana-datasource.yml"));
    const { port: prometheus } = new URL(datasources[0].url);
    expect(service("prometheus").ports).toEqual([`127.0.0.1:${prometheus}:${prometheus}`]);
    const { providers } = parse(read("infra/observability/grafana-dashboards.yml"));
    const mounts = [...service("prometheus").volumes, ...service("grafana").volumes];
    const files = mounts.filter((mount) => mount.startsWith("./")).map((m) => m.split(":"));
    for (const [source = ""] of files) expect(existsSync(join(root, source)), source).toBe(true);
    const dashboard = files.find(([source]) => source?.endsWith("dashboard.json"))?.[1];
    expect(dashboard).toMatch(new RegExp(`^${providers[0].options.path}/`));
    for (const name of ["prometheus", "grafana"]) {
      expect(service(name).image).toMatch(/:v?\d+\.\d+\.\d+$/);
      expect(service(name).ports.every((published) => published.startsWith("127.0.0.1:"))).toBe(
        true,
      );
    }
  });

  describe("with the GPU override", () => {
    const override = z
      .object({
        services: z.strictObject({
          worker: Service.extend({
            build: z.object({ args: z.record(z.string(), z.string()) }),
            healthcheck: z.object({ start_period: z.string() }),
            deploy: z.looseObject({}),
          }),
        }),
        volumes: z.record(z.string(), z.null()),
      })
      .parse(parse(read("infra/docker/compose.gpu.yml")));
    const gpu = override.services.worker;
    const file = read(service("worker").build?.dockerfile ?? "");

    it("builds the worker's image with what its file asks for, under a name of its own", () => {
      for (const [name, value] of Object.entries(gpu.build.args)) {
        const fallback = new RegExp(`^ARG ${name}=(.+)$`, "m").exec(file)?.[1];
        expect(fallback, name).toBeDefined();
        // The full image of the same release.
        if (name === "BUILD_IMAGE") expect(`${value}-slim`).toBe(fallback);
      }
      expect(gpu.image).not.toBe(service("worker").image);
    });

    it("keeps compiled kernels on a volume, and waits for the first ones as long as the worker", () => {
      const { backendProbeMs } = readWorkerConfig({
        ...service("worker").environment,
        ...gpu.environment,
      });
      expect(gpu.healthcheck.start_period).toBe(`${backendProbeMs / 1000}s`);
      const [volume = "", folder = ""] = gpu.volumes[0]?.split(":") ?? [];
      expect(Object.keys(override.volumes)).toContain(volume);
      const cache = /CUDA_CACHE_PATH=(\S+)/.exec(file)?.[1] ?? "";
      expect(cache.startsWith(`${folder}/`)).toBe(true);
      // A named volume takes over the owner of the folder.
      expect(file).toMatch(new RegExp(`chown 1000:1000 .*${folder}$`, "m"));
      expect(file).toContain("NVIDIA_DRIVER_CAPABILITIES=compute,utility");
    });
  });
});

describe.each(["api", "worker"])("the image of the %s", (name) => {
  const path = service(name).build?.dockerfile ?? "";
  const lines = read(path).split("\n");
  const argsOf = (instruction: string) =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));

  it("copies only what is there, and every workspace's manifest before it installs", () => {
    const fromContext = argsOf("COPY").filter((args) => !args.startsWith("--from="));
    const sources = fromContext.flatMap((args) => args.split(" ").slice(0, -1));
    for (const source of sources) expect(existsSync(join(root, source)), source).toBe(true);
    const workspaces = ["apps", "packages"].flatMap((group) =>
      readdirSync(join(root, group))
        .map((name) => `${group}/${name}/package.json`)
        .filter((manifest) => existsSync(join(root, manifest))),
    );
    expect(sources).toEqual(expect.arrayContaining(workspaces));
  });

  it("takes from its build stage what the build has", () => {
    const taken = argsOf("COPY")
      .filter((args) => args.startsWith("--from=build /app/"))
      .map((args) => (args.split(" ")[1] ?? "").replace("/app/", ""));
    expect(taken).toContain(`apps/${name}`);
    expect(taken).toContain("package.json"); // the programs read their version from it
    for (const source of taken) {
      if (source !== "node_modules") expect(existsSync(join(root, source)), source).toBe(true);
    }
    // What `winnow migrate` reads in that image, too.
    const users = Object.values(services).filter(({ build }) => build?.dockerfile === path);
    for (const { command } of users) {
      const main = command?.[1] ?? (JSON.parse(argsOf("CMD")[0] ?? "[]") as string[])[1] ?? "";
      const source = main.replace("/dist/", "/src/").replace(/\.js$/, ".ts");
      expect(statSync(join(root, source)).isFile(), source).toBe(true);
      expect(taken.some((folder) => main.startsWith(`${folder}/`))).toBe(true);
      if (main.startsWith("apps/cli/")) expect(taken).toContain("prisma/migrations");
    }
  });

  it("installs from the lockfile and runs as an ordinary user", () => {
    expect(argsOf("RUN").filter((args) => /npm (install|i) /.test(args))).toEqual([]);
    expect(argsOf("RUN")).toContain("npm ci");
    expect(argsOf("USER")).toEqual(["1000:1000"]);
    expect(lines.findIndex((line) => line.startsWith("USER "))).toBeLessThan(
      lines.findIndex((line) => line.startsWith("CMD ")),
    );
  });

  it("is made from images by exact releases, and has an init and labels", () => {
    const images = [...argsOf("FROM"), ...argsOf("ARG").map((args) => args.split("=")[1] ?? "")]
      .map((args) => args.split(" ")[0] ?? "")
      .filter((image) => image.includes(":"));
    expect(images.length).toBeGreaterThan(1);
    for (const image of images) expect(image).toMatch(/^node:\d+\.\d+\.\d+-\w+-slim$/);
    expect(argsOf("ENTRYPOINT")).toEqual(['["tini", "--"]']);
    const text = read(path);
    for (const label of ["title", "description", "licenses"]) {
      expect(text).toContain(`org.opencontainers.image.${label}=`);
    }
  });

  it("exposes the port that its program listens on", () => {
    const { port } = readApiConfig(service("api").environment);
    const { healthPort } = readWorkerConfig(service("worker").environment);
    expect(argsOf("EXPOSE")).toEqual([String(name === "api" ? port : healthPort)]);
  });
});
