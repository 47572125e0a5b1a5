import type { PackageRules } from "./rules.js";

export const LOCAL_SERVICES: PackageRules = {
  for: "Postgres and Redis for one machine",
  imports: [],
  folders: {
    servers: {
      for: "Postgres and Redis: where their programs are, how each is started and asked whether it answers",
      imports: ["service", "processes", "config.ts", "errors.ts"],
    },
    service: {
      for: "one server's folder and life: which process runs it, start, stop",
      imports: ["processes", "errors.ts"],
    },
    "config.ts": {
      for: "the variables that choose servers and their programs",
      imports: ["processes"],
    },
    processes: {
      for: "child processes that end with their owner, and how to know one again; whether their user is known",
      imports: ["errors.ts"],
    },
    "errors.ts": { for: "the package's errors, by code", imports: [] },
  },
};
