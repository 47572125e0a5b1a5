import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { EmbeddingsError } from "../errors.js";
import { embeddingsAddress, shownAddress } from "./address.js";
import { ask, type Failure, type Reply, type Request } from "./ask.js";
import { LONGEST_WAIT_MS, RETRY_WAITS_MS, waitBefore } from "./retry-waits.js";
import type { Vectors } from "./vectors.js";

export interface EndpointOptions {
  /** A base URL, such as http://127.0.0.1:8080/v1, or one that ends in /embeddings. */
  readonly url: string;
  /** The model to ask for; without it the endpoint's only one. */
  readonly model?: string | undefined;
  /** Sent as a bearer's token; it is in no message. */
  readonly key?: string | undefined;
  /** What connects, for example an agent that refuses some addresses; redirects are never followed. */
  readonly dispatcher?: Dispatcher | undefined;
  /** How long an answer may take; default two minutes. */
  readonly timeoutMs?: number | undefined;
  /** The waits before a failed request is repeated. */
  readonly waitsMs?: readonly number[] | undefined;
}

/** What answers at an endpoint, as far as it says. */
export interface ServedModel {
  readonly model: string | null;
  /** d, the numbers of a vector. */
  readonly width: number;
}

const ANSWER_TIMEOUT_MS = 120_000;
/** As many as every server takes without a setting. */
const BATCH_TEXTS = 32;
/** Most code units of a text: more than encoders read. */
const MOST_LENGTH = 32_768;
/** A text that is refused at this length is not refused for it. */
const SHORT = 16;
/** A wrong answer is rarely better the next time, and a late one costs minutes. */
const ATTEMPTS = { broken: 3, late: 2, absentFromTheStart: 2 } as const;

/** Opens an endpoint; nothing is asked yet. Throws `endpoint-address`. */
export const openEndpoint = (options: EndpointOptions): EmbeddingsEndpoint =>
  new EmbeddingsEndpoint(options);

/** An embeddings endpoint of OpenAI's form, as TEI, vLLM and Ollama serve it. */
export class EmbeddingsEndpoint {
  /** Its address, for messages. */
  readonly name: string;
  /** A digest of address and model. */
  readonly fingerprint: string;
  readonly #how: Request;
  readonly #waits: readonly number[];
  #batchTexts = BATCH_TEXTS;
  #hasAnswered = false;
  #width: number | null = null;
  #cutTexts = 0;

  constructor(options: EndpointOptions) {
    const { url, model, key, dispatcher, timeoutMs = ANSWER_TIMEOUT_MS } = options;
    const address = embeddingsAddress(url);
    this.name = shownAddress(address);
    this.fingerprint = createHash("sha256")
      .update(JSON.stringify([address.href, model ?? null]))
      .digest("hex")
      .slice(0, 32);
    this.#how = { address, model, key, dispatcher, timeoutMs };
    this.#waits = options.waitsMs ?? RETRY_WAITS_MS;
  }

  /** The most texts of one request, as far as known. */
  get batchTexts(): number {
    return this.#batchTexts;
  }

  /** Texts of which it took the beginning only. */
  get cutTexts(): number {
    return this.#cutTexts;
  }

  /** Whether it has given vectors. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** d, once it is known. */
  get width(): number | null {
    return this.#width;
  }

  /** Other vectors than of so many columns are a fault from now on. */
  expectWidth(width: number): void {
    this.#width = width;
  }

  /**
   * Vectors of some texts, none of them empty. What it does not take is asked in smaller parts, and a
   * single text with less of its end. Throws EmbeddingsError.
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Vectors> {
    return this.#embed(texts.map(sendable), signal);
  }

  /** Asks for a few letters: if these are refused too, what is wrong is not the texts. */
  async #greet(text: string, signal: AbortSignal): Promise<void> {
    const reply = await this.#persist([text.slice(0, SHORT).toWellFormed()], signal);
    if (reply.kind === "vectors") return;
    const { model } = this.#how;
    const fix = model === undefined ? "name the model that it serves" : `does it serve ${model}?`;
    throw new EmbeddingsError("endpoint-refused", `${this.name} ${reply.what}; ${fix}`);
  }

  async #embed(texts: readonly string[], signal: AbortSignal): Promise<Vectors> {
    const reply = await this.#persist(texts, signal);
    if (reply.kind === "vectors") return reply.vectors;
    if (!this.#hasAnswered) await this.#greet(texts[0]!, signal);
    if (texts.length === 1) return this.#embedCut(texts[0]!, reply.what, signal);
    const half = Math.ceil(texts.length / 2);
    const cut = this.#cutTexts;
    const first = await this.#embed(texts.slice(0, half), signal);
    const second = await this.#embed(texts.slice(half), signal).catch((error: unknown) => {
      throw moved(error, half);
    });
    // It was their number that was too large.
    if (this.#cutTexts === cut) this.#batchTexts = Math.min(this.#batchTexts, half);
    return joined(first, second);
  }

  async #embedCut(text: string, what: string, signal: AbortSignal): Promise<Vectors> {
    let why = what;
    for (let length = text.length; length > SHORT; ) {
      length = Math.max(SHORT, Math.floor(length / 2));
      const reply = await this.#persist([text.slice(0, length).toWellFormed()], signal);
      if (reply.kind === "vectors") {
        this.#cutTexts++;
        return reply.vectors;
      }
      why = reply.what;
    }
    throw new EmbeddingsError("text-refused", `${this.name} ${why}`, { place: 0 });
  }

  /** Asks until there is an answer. */
  async #persist(texts: readonly string[], signal: AbortSignal): Promise<Exclude<Reply, Failure>> {
    for (let attempt = 1; ; attempt++) {
      const reply = this.#checked(await ask(texts, this.#how, signal));
      if (reply.kind !== "failed") return reply;
      const wait = this.#waits[attempt - 1];
      if (wait === undefined || attempt >= this.#attempts(reply))
        throw this.#gaveUp(reply, attempt);
      if ((reply.retryAfterMs ?? 0) > LONGEST_WAIT_MS) throw this.#gaveUp(reply, attempt);
      const pause = waitBefore(wait, Math.random(), reply.retryAfterMs);
      await sleep(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) throw new EmbeddingsError("cancelled", "Embedding was cancelled.");
    }
  }

  #checked(reply: Reply): Reply {
    if (reply.kind !== "vectors") return reply;
    const { width } = reply.vectors;
    this.#width ??= width;
    if (width === this.#width) {
      this.#hasAnswered = true;
      return reply;
    }
    const what = `answers vectors of ${width} columns, where it gave ${this.#width} before`;
    return { kind: "failed", how: "broken", what, retryAfterMs: null };
  }

  #attempts({ how }: Failure): number {
    if (how === "absent") {
      return this.#hasAnswered ? Number.POSITIVE_INFINITY : ATTEMPTS.absentFromTheStart;
    }
    return how === "busy" ? Number.POSITIVE_INFINITY : ATTEMPTS[how];
  }

  #gaveUp({ how, what, retryAfterMs }: Failure, attempts: number): EmbeddingsError {
    const often = attempts === 1 ? "" : `, ${attempts} times in a row`;
    const asked = retryAfterMs === null ? "" : `; it asks to wait for ${retryAfterMs / 1000} s`;
    const fix = {
      broken: "does the same model answer every request?",
      late: "give it fewer other requests, or a faster machine",
      absent: this.#hasAnswered ? "start it again" : "start it, or correct its URL",
      busy: "its own log says more",
    }[how];
    return new EmbeddingsError(
      how === "broken" ? "endpoint-answer" : "endpoint-unavailable",
      `${this.name} ${what}${often}${asked}; ${fix}`,
    );
  }
}

/** JSON of half a surrogate pair is refused by many servers. */
const sendable = (text: string): string => text.slice(0, MOST_LENGTH).toWellFormed();

/** The error, of texts that stand so much further behind. */
function moved(error: unknown, by: number): unknown {
  if (!(error instanceof EmbeddingsError) || error.place === undefined) return error;
  return new EmbeddingsError(error.code, error.message, { place: error.place + by });
}

function joined(first: Vectors, second: Vectors): Vectors {
  const values = new Float32Array(first.values.length + second.values.length);
  values.set(first.values);
  values.set(second.values, first.values.length);
  return { ...first, values };
}
