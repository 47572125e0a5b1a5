import type { PackageRules } from "./rules.js";

export const CONTRACTS: PackageRules = {
  for: "what programs agree on: job kinds, schemas, states, errors, settings, the route table",
  imports: [],
  folders: {
    settings: {
      for: "how an app reads its environment, with every fault reported at once; ages such as `30d`",
      imports: [],
    },
    routes: {
      for: "the route table: method, path, scope, parameters, body and answers of every route",
      imports: ["resources", "jobs", "parameters", "states", "errors", "values"],
    },
    resources: {
      for: "schemas of what the API returns: datasets, jobs, cross-validations, prunings, uploads, keys, webhooks, pages",
      imports: ["jobs", "parameters", "states", "errors", "values"],
    },
    jobs: {
      for: "one descriptor for each job kind, and their table; what a queue entry holds",
      imports: ["parameters", "errors", "values"],
    },
    parameters: {
      for: "schemas of what callers send with a job: dataset, training and pruning parameters, and their defaults",
      imports: ["errors", "values"],
    },
    states: {
      for: "the states of jobs, tasks and resources, and which may follow which",
      imports: [],
    },
    errors: {
      for: "the catalogues of errors and warnings, `AppError`, and the translation of the computing packages' error codes",
      imports: ["values"],
    },
    values: {
      for: "schemas of single values: ids with their prefixes, times, enums with renamed values",
      imports: [],
    },
  },
};
