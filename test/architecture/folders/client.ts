import type { PackageRules } from "./rules.js";

export const CLIENT: PackageRules = {
  for: "the typed client of the routes, for Node and browsers",
  imports: ["contracts"],
  folders: {
    service: {
      for: "a client of a service: its calls, and what takes several of them",
      imports: ["uploads", "jobs", "calls"],
    },
    uploads: { for: "a file in parts, resumed where it stopped", imports: ["calls", "http"] },
    webhooks: { for: "whether a message comes from the service", imports: [] },
    lists: { for: "all items of a list, page by page", imports: ["calls"] },
    jobs: {
      for: "following a job: its events as a stream or in pages, and its end",
      imports: ["calls", "http"],
    },
    calls: { for: "one method for each route, made from the route table", imports: ["http"] },
    http: { for: "one request: body, repeats, errors", imports: [] },
  },
};
