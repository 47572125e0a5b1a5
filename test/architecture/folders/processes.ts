import type { PackageRules } from "./rules.js";

export const PROCESSES: PackageRules = {
  for: "child processes that end with their parent, within limits of memory and time",
  imports: [],
  folders: {
    children: {
      for: "the parent's side: forks, and says how a child ended",
      imports: ["lifeline"],
    },
    lifeline: {
      for: "the child's side: ends it with its parent, or over its limit of memory, however busy it is",
      imports: [],
    },
  },
};
