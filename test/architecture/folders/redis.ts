import type { PackageRules } from "./rules.js";

export const REDIS: PackageRules = {
  for: "connections to Redis that follow a failover, whether a Redis suits, and the names of its keys",
  imports: ["contracts"],
};
