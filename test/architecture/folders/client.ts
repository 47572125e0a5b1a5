import type { PackageRules } from "./rules.js";

export const CLIENT: PackageRules = {
  for: "the typed client of the routes, for Node and browsers",
  imports: [],
  types: ["contracts", "zod"],
  folders: {
    service: {
      for: "a client of a service: its calls, and what takes several of them",
      imports: ["uploads", "jobs", "calls", "contract"],
    },
    uploads: {
      for: "a file in parts, resumed where it stopped",
      imports: ["calls", "http", "contract"],
    },
    webhooks: { for: "whether a message comes from the service", imports: [] },
    lists: { for: "all items of a list, page by page", imports: ["calls", "contract"] },
    jobs: {
      for: "following a job: its events as a stream or in pages, and its end",
      imports: ["calls", "http", "contract"],
    },
    calls: {
      for: "one method for each route, made from the route table",
      imports: ["http", "contract"],
    },
    http: { for: "one request: body, repeats, errors", imports: ["contract"] },
    contract: {
      for: "the contract as a client needs it: types, and a plain table of the routes",
      imports: [],
    },
  },
};
