import type { PackageRules } from "./rules.js";

export const CLIENT: PackageRules = {
  for: "the typed client of the routes, for Node and browsers",
  imports: ["contracts"],
  folders: {
    lists: { for: "all items of a list, page by page", imports: ["calls"] },
    jobs: {
      for: "following a job: its events as a stream or in pages, and its end",
      imports: ["calls", "http"],
    },
    calls: { for: "one method for each route, made from the route table", imports: ["http"] },
    http: { for: "one request: body, repeats, errors", imports: [] },
  },
};
