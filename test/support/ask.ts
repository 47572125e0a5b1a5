import { inject } from "vitest";

/** Asks the run's services for something; an error there fails the test here. */
export async function ask<T>(method: "POST" | "DELETE", path: string): Promise<T> {
  const response = await fetch(`${inject("servicesDoor")}/${path}`, { method });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}
