import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";

// Made for tests, public, and trusted only by tests that say so.

/** The certificate of every test server: for files.test, mirror.test, private.test; until 2126. */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBwTCCAWegAwIBAgIUZa8C0MmvGuMMs95up2Y08KviXLUwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKZmlsZXMudGVzdDAgFw0yNjExMjQwMzQwMTNaGA8yMTI2MTAz
MTAzNDAxM1owFTETMBEGA1UEAwwKZmlsZXMudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABHMtXXUzeiaWbBSU86li5tlRS9hQhx/BytpKzkyrcNe3Fy4Nj7pn
K0zO3aVVqiwBCruiTTye/mdQDWc8v15hJXWjgZIwgY8wHQYDVR0OBBYEFAPeRbJY
lTXamnhxGbdL063iy7FrMB8GA1UdIwQYMBaAFAPeRbJYlTXamnhxGbdL063iy7Fr
MA8GA1UdEwEB/wQFMAMBAf8wPAYDVR0RBDUwM4IKZmlsZXMudGVzdIILbWlycm9y
LnRlc3SCDHByaXZhdGUudGVzdIcEfwAAAYcEfwAAAjAKBggqhkjOPQQDAgNIADBF
AiBIg5XVRrooQuOQER70eMiyrmVM7a9kbO0n35FwuZFp9AIhANqSCQdZVJQoZLq0
CGJlpsan1DO8NBSPPAgBehUdC3K5
-----END CERTIFICATE-----
`;

const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZ34q53NTdyMK8+g2
pPRHIaSn4v0qCRoPGcCHUCTXkKShRANCAARzLV11M3omlmwUlPOpYubZUUvYUIcf
wcraSs5Mq3DXtxcuDY+6ZytMzt2lVaosAQq7ok08nv5nUA1nPL9eYSV1
-----END PRIVATE KEY-----
`;

/** An https server on loopback that counts what reaches it. */
export interface TestHttpsServer {
  readonly port: number;
  /** Connections made so far, whether they spoke or not. */
  connections(): number;
  close(): Promise<void>;
}

/** Listens on a free port of the address. */
export async function openHttpsServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  address = "127.0.0.1",
): Promise<TestHttpsServer> {
  const server = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, answer);
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("The server has no port.");
  return {
    port: bound.port,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
