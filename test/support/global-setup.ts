import type { TestProject } from "vitest/node";
import { openServicesDoor } from "./services-door.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Where test files ask for a database or a Redis. */
    servicesDoor: string;
  }
}

/** Runs once before all test files; what it returns runs after them. No service starts before a file asks. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const door = await openServicesDoor();
  project.provide("servicesDoor", door.url);
  return () => door.close();
}
