import { EmbeddingsError } from "../errors.js";

/**
 * The URL that texts are posted to: the given one, where its path ends in /embeddings, or that path
 * below it, as clients of OpenAI's form take a base URL. Throws `endpoint-address`.
 */
export function embeddingsAddress(text: string): URL {
  if (!URL.canParse(text)) {
    throw addressFault("is no URL; it looks like http://127.0.0.1:8080/v1");
  }
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw addressFault("does not start with http:// or https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw addressFault("has a user or a password in it; a key has a setting of its own");
  }
  url.hash = "";
  const path = url.pathname.replace(/\/+$/, "");
  if (path === "") url.pathname = "/v1/embeddings";
  else url.pathname = path.endsWith("/embeddings") ? path : `${path}/embeddings`;
  return url;
}

/** An address for messages: without what follows a question mark, which may be secret. */
export const shownAddress = ({ origin, pathname }: URL): string => `${origin}${pathname}`;

const addressFault = (what: string) =>
  new EmbeddingsError("endpoint-address", `The endpoint's URL ${what}.`);
