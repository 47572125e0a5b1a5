import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

export interface EmbeddingsRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly model: string | undefined;
  readonly input: readonly string[];
}

/** Answers a request in its own way: true if it did, false to leave it to the server. */
export type Interference = (
  response: ServerResponse,
  request: EmbeddingsRequest,
  raw: IncomingMessage,
) => boolean;

/** An embeddings endpoint of OpenAI's form on loopback, whose vectors depend on the words alone. */
export interface EmbeddingsServer {
  readonly url: string;
  readonly port: number;
  readonly seen: EmbeddingsRequest[];
  /** Every text that was answered, as often as it was. */
  readonly answered: string[];
  width: number;
  model: string;
  /** Called before each answer. */
  interfere: Interference;
  close(): void;
}

export async function startEmbeddingsServer(port = 0): Promise<EmbeddingsServer> {
  const server = createServer(async (raw, response) => {
    const body = JSON.parse(await text(raw)) as { input: string[]; model?: string };
    const request = {
      path: raw.url ?? "",
      authorization: raw.headers.authorization,
      model: body.model,
      input: body.input,
    };
    own.seen.push(request);
    if (own.interfere(response, request, raw)) return;
    own.answered.push(...body.input);
    answerJson(response, 200, embeddingsOf(body.input, own));
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const bound = typeof address === "object" && address ? address.port : 0;
  const own: EmbeddingsServer = {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    seen: [],
    answered: [],
    width: 8,
    model: "words",
    interfere: () => false,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return own;
}

/** The answer to some texts. */
export function embeddingsOf(
  input: readonly string[],
  { width, model }: { width: number; model: string },
) {
  const data = input.map((one, index) => ({
    object: "embedding",
    index,
    embedding: wordVector(one, width),
  }));
  return { object: "list", data, model, usage: { prompt_tokens: 0, total_tokens: 0 } };
}

/** The sum of a vector for each word. */
export function wordVector(line: string, width: number): number[] {
  const sum = new Array<number>(width).fill(0);
  for (const word of line.split(/\s+/)) {
    const digest = createHash("sha256").update(word).digest();
    for (let i = 0; i < width; i++) sum[i]! += digest[i % 32]! / 128 - 1;
  }
  return sum.map(Math.fround);
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
