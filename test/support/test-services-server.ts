import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { openTestServices, type TestServices } from "./test-services.js";

/**
 * The server that test files, each in a process of its own, ask for databases and Redis: HTTP on
 * loopback, with a token in its path.
 */
export async function openTestServicesServer(): Promise<{ url: string; close(): Promise<void> }> {
  const services = openTestServices();
  const token = randomBytes(16).toString("hex");
  const server = createServer((request, response) => {
    answer(services, token, request).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => {
        response.statusCode = 500;
        response.end(error instanceof Error ? error.message : String(error));
      },
    );
  });
  // A test that keeps its event loop busy for five seconds would send its next request on a connection that
  // was closed meanwhile, and fail with UND_ERR_SOCKET.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("The server of the test services has no port.");
  return {
    url: `http://127.0.0.1:${address.port}/${token}`,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await services.close();
    },
  };
}

async function answer(
  services: TestServices,
  token: string,
  request: IncomingMessage,
): Promise<unknown> {
  const [, given, what, name] = (request.url ?? "").split("/");
  if (given !== token) throw new Error("Not the token of this run.");
  switch (`${request.method} ${what}`) {
    case "POST databases":
      return services.createDatabase(name === "empty" ? "empty" : "migrated");
    case "DELETE databases":
      return services.dropDatabase(String(name));
    case "POST redis":
      return services.redis();
    default:
      throw new Error(`The server of the test services does not know ${request.method} ${what}.`);
  }
}
