import type { IncomingMessage, ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import { openHttpsServer, type TestHttpsServer } from "./https-server.js";

/** A message as it came in. */
export interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A receiver of webhooks; each test says how it answers. */
export interface Receiver extends TestHttpsServer {
  readonly received: Received[];
  /** Answers 204 unless a test says otherwise. */
  answer: (message: Received, response: ServerResponse) => void;
  /** As the library of the scheme checks it; throws for a wrong signature. */
  verified(message: Received, secret: string): { type: string; data: Record<string, unknown> };
}

export async function openReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = await openHttpsServer(async (request, response) => {
    const message = await read(request);
    received.push(message);
    receiver.answer(message, response);
  });
  const receiver: Receiver = {
    ...server,
    received,
    answer: (_, response) => response.writeHead(204).end(),
    verified: ({ headers, body }, secret) => new Webhook(secret).verify(body, headers) as never,
  };
  return receiver;
}

async function read(request: IncomingMessage): Promise<Received> {
  const body = Buffer.concat(await request.toArray()).toString();
  return { headers: request.headers as Record<string, string>, body };
}
