import { inject } from "vitest";

/** Sends a request to the server of the test services. Rejects with the text of its error. */
export async function ask<T>(method: "POST" | "DELETE", path: string): Promise<T> {
  const response = await fetch(`${inject("testServicesUrl")}/${path}`, { method });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as T;
}
