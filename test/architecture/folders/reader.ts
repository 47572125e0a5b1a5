import type { PackageRules } from "./rules.js";

export const READER: PackageRules = {
  for: "reads users' files in child processes, so that a hostile one ends nothing but its own job or request",
  imports: ["copy-rows", "corpus", "npy", "processes", "storage"],
  folders: {
    readers: {
      for: "the parent's side: processes that read one file at a time, their limits and their ends",
      imports: ["messages", "config.ts"],
    },
    child: {
      for: "the process that reads: opens a file once, and sends what is in it",
      imports: ["messages"],
    },
    messages: {
      for: "what both sides send each other: tasks, items, errors",
      imports: [],
    },
    "config.ts": { for: "the part of the environment that a reader gets", imports: [] },
  },
};
