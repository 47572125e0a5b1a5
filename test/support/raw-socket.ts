import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection on which a test writes bytes of its own, as no client of HTTP would. */
export interface RawSocket {
  readonly socket: Socket;
  /** All that was received so far. */
  text(): string;
  /** Waits until the text has arrived. */
  until(part: string): Promise<void>;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<unknown>;
}

export interface RawOptions {
  /** Receives nothing until `socket.resume()`. */
  readonly paused?: boolean;
}

/** Connects to the service and sends the head of a request: `GET /path`, then its headers. */
export async function openRaw(
  baseUrl: string,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  { paused = false }: RawOptions = {},
): Promise<RawSocket> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  let received = "";
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  if (paused) socket.pause();
  else socket.on("data", (chunk) => (received += chunk.toString("latin1")));
  const head = Object.entries({ host: `${hostname}:${port}`, ...headers });
  socket.write(`${line} HTTP/1.1\r\n${head.map(([k, v]) => `${k}: ${v}\r\n`).join("")}\r\n`);
  return {
    socket,
    text: () => received,
    async until(part) {
      while (!received.includes(part)) {
        if (socket.destroyed) throw new Error(`closed after: ${received}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    closed,
  };
}

/** Writes a byte every so often until the connection closes; returns the function that stops it. */
export function drip({ socket }: RawSocket, everyMs: number): () => void {
  const timer = setInterval(() => !socket.destroyed && socket.write("x"), everyMs);
  socket.once("close", () => clearInterval(timer));
  return () => clearInterval(timer);
}
