import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { API_SETTINGS, readConfig as readApiConfig } from "../../apps/api/src/config.js";
import { CLI_SETTINGS, readEnvironment } from "../../apps/cli/src/config.js";
import { readConfig as readWorkerConfig, WORKER_SETTINGS } from "../../apps/worker/src/config.js";
import {
  APP_PASSWORD,
  OWN_PASSWORD,
  PASSWORD,
  REDIS_PASSWORD,
  read,
  readCompose,
  root,
  Service,
  service,
  services,
  volumes,
} from "./compose-file.js";

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
        // The full image of the same release; `npm run images:pin` writes a digest behind each.
        const tagOf = (image = "") => image.split("@")[0];
        if (name === "BUILD_IMAGE") expect(`${tagOf(value)}-slim`).toBe(tagOf(fallback));
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
