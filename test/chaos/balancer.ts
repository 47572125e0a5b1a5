import { Agent, request } from "node:http";

const LOOK_EVERY_MS = 50;

interface Upstream {
  readonly url: string;
  readonly agent: Agent;
  isReady: boolean;
}

/**
 * Spreads requests over several processes of the API, as a proxy in front of them would: each is
 * asked for its readiness, only the ready ones get requests, and connections are kept. A request
 * goes elsewhere only when no connection came about; none is ever sent twice.
 */
export class Balancer {
  readonly #upstreams: Upstream[] = [];
  readonly #looks: NodeJS.Timeout;
  #next = 0;

  constructor() {
    this.#looks = setInterval(() => {
      for (const upstream of this.#upstreams) void this.#look(upstream);
    }, LOOK_EVERY_MS);
  }

  /** Sends requests to this process too, from its first good look on. */
  async add(url: string): Promise<void> {
    const upstream = { url, agent: new Agent({ keepAlive: true, maxSockets: 16 }), isReady: false };
    this.#upstreams.push(upstream);
    await this.#look(upstream);
  }

  /** Status and body. Throws when a request that was sent got no answer. */
  async send(method: "GET" | "POST", path: string, body?: unknown) {
    for (let tried = 0; ; tried++) {
      const ready = this.#upstreams.filter(({ isReady }) => isReady);
      const upstream = ready[this.#next++ % ready.length];
      if (!upstream) throw new Error("no process is ready");
      try {
        return await exchange(upstream, method, path, body);
      } catch (error) {
        const isRefused =
          error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
        if (!isRefused || tried > 5) throw error;
        upstream.isReady = false;
      }
    }
  }

  close(): void {
    clearInterval(this.#looks);
    for (const { agent } of this.#upstreams) agent.destroy();
  }

  async #look(upstream: Upstream): Promise<void> {
    upstream.isReady = await exchange(upstream, "GET", "/readyz").then(
      ({ status }) => status === 200,
      () => false,
    );
  }
}

function exchange(
  { url, agent }: Upstream,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const sent = request(url + path, { method, agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
