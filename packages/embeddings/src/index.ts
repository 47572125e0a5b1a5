export { EndpointCache } from "./cache/endpoint-cache.js";
export { embeddingsAddress, shownAddress } from "./endpoint/address.js";
export {
  type EmbeddingsEndpoint,
  type EndpointOptions,
  openEndpoint,
  type ServedModel,
} from "./endpoint/endpoint.js";
export { type GuardedEndpoint, openGuardedEndpoint } from "./endpoint/guarded.js";
export { EmbeddingsError, type EmbeddingsErrorCode } from "./errors.js";
export {
  type EmbeddedBlock,
  type EmbeddingCache,
  type EmbedOptions,
  embedTexts,
} from "./texts/embed-texts.js";
