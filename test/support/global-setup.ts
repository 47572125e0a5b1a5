import type { TestProject } from "vitest/node";
import { openTestServicesServer } from "./test-services-server.js";

declare module "vitest" {
  interface ProvidedContext {
    /** Where test files ask for a database or a Redis. */
    testServicesUrl: string;
  }
}

/** Runs once before all test files; what it returns runs after them. No service starts before a file asks. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await openTestServicesServer();
  project.provide("testServicesUrl", server.url);
  return () => server.close();
}
