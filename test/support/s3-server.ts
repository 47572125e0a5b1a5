import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "s3rver";

/** A real S3 server on loopback, with one bucket. */
export interface S3Server {
  readonly url: string;
  /** The worker's settings for it. */
  readonly env: Record<string, string>;
  /** Ends its connections and listens no more. */
  stop(): Promise<void>;
  /** Listens again on the same port, with the same objects. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startS3Server(): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), "winnow-s3-"));
  const bucket = "checkpoints";
  const launch = async (port: number) => {
    const launched = new S3rver({
      address: "127.0.0.1",
      port,
      silent: true,
      directory,
      configureBuckets: [{ name: bucket }],
    });
    await launched.run();
    return launched;
  };
  let server = await launch(0);
  const { port } = server.httpServer.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    const closed = server.close();
    server.httpServer.closeAllConnections();
    await closed;
  };
  return {
    url,
    env: {
      CHECKPOINT_STORE: "s3",
      S3_BUCKET: bucket,
      S3_ENDPOINT: url,
      // The server's own public pair.
      S3_ACCESS_KEY_ID: "S3RVER",
      S3_SECRET_ACCESS_KEY: "S3RVER",
    },
    stop,
    async start() {
      server = await launch(port);
    },
    async close() {
      await stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
