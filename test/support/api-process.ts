import { fileURLToPath } from "node:url";
import { forkProgram, type NodeProcess } from "./node-process.js";

const main = fileURLToPath(new URL("../../apps/api/dist/main.js", import.meta.url));

/** The API's real process, listening on a free port of loopback. */
export async function startApiProcess(
  env: Record<string, string>,
): Promise<NodeProcess & { readonly url: string }> {
  const api = await forkProgram<{ url: string }>(main, { PORT: "0", ...env }, "listening");
  return { ...api, url: api.ready.url };
}
