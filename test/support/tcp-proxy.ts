import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** One address of loopback in front of several servers, as a failover's proxy or service name is. */
export interface TcpProxy {
  readonly port: number;
  /** New connections go to this port from now on; those that exist stay, as proxies leave them. */
  leadTo(port: number): void;
  /** Breaks the connections that exist. */
  cut(): void;
  close(): Promise<void>;
}

export async function openTcpProxy(target: number): Promise<TcpProxy> {
  let current = target;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(current, "127.0.0.1");
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    port: address.port,
    leadTo(port) {
      current = port;
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
