/**
 * Which folder may enter which inside a room, from the top floor down: a folder enters only those
 * that stand below it, so that no arrow runs back up. `config.ts` counts as a folder; `index.ts` and
 * `main.ts` may enter everything and are entered by nothing.
 */
export const FOLDERS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "packages/store": {
    retention: ["cross-validations", "database"],
    requests: ["cross-validations", "datasets", "queue", "database"],
    backup: ["cross-validations", "database"],
    "cross-validations": ["prunings", "queue", "database"],
    prunings: ["datasets", "queue", "access", "database"],
    datasets: ["queue", "database"],
    queue: ["webhooks", "access", "database"],
    webhooks: ["database"],
    access: ["database"],
    database: [],
  },
  "apps/api": {
    service: ["routes", "routing", "uploads", "events", "plugins", "access", "queue", "config.ts"],
    routes: [
      "routing",
      "uploads",
      "downloads",
      "estimates",
      "events",
      "plugins",
      "access",
      "queue",
      "config.ts",
    ],
    routing: ["downloads", "plugins"],
    uploads: [],
    downloads: ["access"],
    estimates: [],
    events: [],
    plugins: ["access", "queue"],
    access: [],
    queue: [],
    "config.ts": [],
  },
};
