import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const read = (path: string) => readFileSync(join(root, path), "utf8");

export const Service = z.object({
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
export function readCompose(values: Record<string, string>) {
  const asked = /\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g;
  const text = read("docker-compose.yml").replace(asked, (_, name: string, fallback?: string) => {
    const value = values[name] ?? fallback;
    if (value === undefined) throw new Error(`docker-compose.yml asks for ${name}.`);
    return value;
  });
  return Compose.parse(parse(text, { merge: true }));
}

export const OWN_PASSWORD = "POSTGRES_PASSWORD";
export const PASSWORD = "secret123";
export const REDIS_PASSWORD = "another456";
export const APP_PASSWORD = "third789";
export const { services, volumes } = readCompose({
  POSTGRES_PASSWORD: PASSWORD,
  POSTGRES_APP_PASSWORD: APP_PASSWORD,
  REDIS_PASSWORD,
});
export const service = (name: string) => {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}.`);
  return found;
};
