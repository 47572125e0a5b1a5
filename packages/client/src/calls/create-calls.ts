import { routeOf } from "../contract/route.js";
import type { RouteName } from "../contract/types.js";
import { parseAnswer } from "../http/answer.js";
import { UnexpectedAnswerError } from "../http/errors.js";
import { type Connection, exchange } from "../http/exchange.js";
import type { RequestInput } from "../http/request.js";
import type { Calls, ClientOptions } from "./calls.js";

/** The calls of the service at `url`, made from the route table. Nothing is sent yet. */
export function createCalls(url: string, options: ClientOptions = {}): Calls {
  const base = url.replace(/\/+$/, "");
  const connection: Connection = {
    base,
    apiKey: options.apiKey,
    retries: options.retries ?? 2,
    // Looked up at each call: a test or a tracer may replace it later.
    fetch: options.fetch ?? ((...request) => fetch(...request)),
  };
  // The contract gives the callers their types; in here a route is any route.
  const send = (name: RouteName, input: RequestInput = {}) =>
    exchange(connection, routeOf(name), input);
  const call = async (name: RouteName, input: RequestInput = {}) => {
    const route = routeOf(name);
    const response = await send(name, input);
    const answer = route.answers[response.status];
    return (await parseAnswer(base, route, response, answer, input.signal)) as never;
  };
  return {
    url: base,
    call: (name, ...[input]) => call(name, input as RequestInput),
    async validate(name, input) {
      const request = { ...input, query: { validateOnly: "true" } } as RequestInput;
      const response = await send(name, request);
      const { signal } = request;
      return (await parseAnswer(base, routeOf(name), response, "JobValidation", signal)) as never;
    },
    async download(name, ...[input]) {
      const { body } = await send(name, input as RequestInput);
      if (body !== null) return body;
      throw new UnexpectedAnswerError(`${base} answered ${name} without a body.`);
    },
    upload: (bytes, input) => call("createUpload", { ...input, bytes }),
    beginUpload: (size, input) =>
      call("createUpload", { ...input, headers: { "upload-length": `${size}` } }),
    appendUpload: ({ id, bytes: total }, { first, size, bytes }, input) =>
      call("appendUpload", {
        ...input,
        params: { id },
        bytes,
        headers: { "content-range": `bytes ${first}-${first + size - 1}/${total}` },
      }),
    request: (name, ...[input]) => send(name, input as RequestInput),
  };
}
