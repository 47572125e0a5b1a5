export {
  ANY_NETWORK,
  guardedAgent,
  type Network,
  PRIVATE_NETWORK,
  PUBLIC_NETWORK,
} from "./guarded-agent.js";
export { isPublicAddress } from "./public-address.js";
