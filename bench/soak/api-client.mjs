import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const terminal = new Set(["succeeded", "failed", "cancelled"]);

/**
 * A client of one API that counts its requests. It asks again after a 503, as the contract says, and
 * counts that too; any other answer but the expected is an error.
 */
export function openClient(url) {
  const counts = { requests: 0, turnedAway: 0, events: 0, streams: 0 };
  async function ask(method, path, { body, headers, expect = [200], raw = false } = {}) {
    counts.requests += 1;
    const isJson = body !== undefined && typeof body !== "string";
    const response = await fetch(url + path, {
      method,
      headers: { ...(isJson && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
    });
    if (response.status === 503 && !expect.includes(503)) {
      counts.turnedAway += 1;
      await response.body?.cancel();
      await sleep(1000 * Number(response.headers.get("retry-after") ?? 1));
      return ask(method, path, { body, headers, expect, raw });
    }
    if (!expect.includes(response.status)) {
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    }
    if (raw) return response;
    return response.status === 204 ? null : response.json();
  }
  const get = (path, options) => ask("GET", path, options);

  return {
    counts,
    get,
    ask,
    upload: (text) =>
      ask("POST", "/v1/uploads", {
        body: text,
        headers: { "content-type": "application/octet-stream" },
        expect: [201],
      }),
    post: (kind, body) =>
      ask("POST", `/v1/jobs/${kind}`, {
        body,
        headers: { "idempotency-key": randomUUID() },
        expect: [202],
      }),
    /** The ended job, by plain polls or by long polls. */
    async ended(id, { wait = 0 } = {}) {
      for (;;) {
        const job = await get(`/v1/jobs/${id}?wait=${wait}`);
        if (terminal.has(job.state)) return job;
        if (wait === 0) await sleep(500);
      }
    },
    /** Reads a job's event stream to its end. */
    async watch(id) {
      const response = await ask("GET", `/v1/jobs/${id}/events`, {
        headers: { accept: "text/event-stream" },
        expect: [200, 204],
        raw: true,
      });
      counts.streams += 1;
      if (response.status === 204) return;
      for await (const chunk of response.body) {
        counts.events += Buffer.from(chunk).toString().split("\nevent: ").length - 1;
      }
    },
    /** Reads a download to its end; returns its bytes. */
    async drain(path) {
      let bytes = 0;
      for await (const chunk of (await ask("GET", path, { raw: true })).body) bytes += chunk.length;
      return bytes;
    },
  };
}
