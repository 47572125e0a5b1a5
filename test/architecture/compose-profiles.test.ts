import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readConfig as readApiConfig } from "../../apps/api/src/config.js";
import { readEnvironment } from "../../apps/cli/src/config.js";
import { readConfig as readWorkerConfig } from "../../apps/worker/src/config.js";
import { read, root, service, services } from "./compose-file.js";

describe("docker-compose.yml", () => {
  const api = readApiConfig(service("api").environment);
  const worker = readWorkerConfig(service("worker").environment);

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
});
