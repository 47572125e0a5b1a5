export { embeddingsAddress, shownAddress } from "./endpoint/address.js";
export {
  type EmbeddingsEndpoint,
  type EndpointOptions,
  openEndpoint,
  type ServedModel,
} from "./endpoint/endpoint.js";
export { EmbeddingsError, type EmbeddingsErrorCode } from "./errors.js";
export {
  type EmbeddedBlock,
  type EmbeddingCache,
  type EmbedOptions,
  embedTexts,
} from "./texts/embed-texts.js";
