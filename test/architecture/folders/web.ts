import type { PackageRules } from "./rules.js";

const BELOW_PAGES = ["charts", "elements", "service", "texts"];

export const WEB: PackageRules = {
  for: "the page: files, jobs, flags and their review, in a browser",
  imports: ["client", "contracts", "demo-set", "npy"],
  note: "the API serves what Vite makes of it; everything goes through the client",
  folders: {
    app: {
      for: "the start, the addresses of the pages, and the frame around them",
      imports: [
        "start",
        "datasets",
        "cross-validations",
        "reviews",
        "prunings",
        "jobs",
        "elements",
        "service",
        "texts",
      ],
    },
    start: {
      for: "from a dropped file, or the demo set, to a dataset",
      imports: ["datasets", "forms", ...BELOW_PAGES],
    },
    datasets: {
      for: "the list, a dataset's profile, its runs, versions and rejects, and the form that starts a training",
      imports: ["jobs", "forms", ...BELOW_PAGES],
    },
    "cross-validations": {
      for: "learning curves, confusion, reliability",
      imports: ["forms", ...BELOW_PAGES],
    },
    reviews: {
      for: "the review of flags and of random samples: a walk through the queue by keyboard, saved behind, undone, and of whole filters",
      imports: ["elements", "service", "texts"],
    },
    prunings: {
      for: "noise by class, the joint, pairs, flags and exports",
      imports: ["jobs", "charts", "elements", "service", "texts"],
    },
    jobs: {
      for: "the list, the form of each kind, and a job as it goes on: folds, events, cancel, retry",
      imports: ["comparisons", "experiments", "findings", "forms", "elements", "service", "texts"],
    },
    experiments: {
      for: "what an experiment has measured: its picture and its means",
      imports: ["charts", "elements", "service", "texts"],
    },
    findings: {
      for: "what else is wrong with a dataset: conflicting near-duplicates, outliers, weak groups, order, class names",
      imports: ["elements", "service", "texts"],
    },
    comparisons: {
      for: "what a comparison found: versions side by side, and what a review is worth",
      imports: ["charts", "elements", "texts"],
    },
    forms: {
      for: "forms made from the schemas of the contract, with the estimate of a job before it starts",
      imports: ["elements", "service", "texts"],
    },
    charts: {
      for: "bars, curves, and the heat map on a canvas",
      imports: ["elements", "texts"],
    },
    elements: {
      for: "what pages are made of: dialogs, fields, tables, states, faults, the theme",
      imports: ["service", "texts"],
    },
    service: {
      for: "the client, its key, whether the service answers, and answers that are held and shared",
      imports: [],
    },
    texts: { for: "what the page says, in English and Chinese", imports: [] },
  },
};
