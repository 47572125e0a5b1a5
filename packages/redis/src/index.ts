export { openRedisAddress, type RedisAddress } from "./address.js";
export { assertFit, refusalOf, tooOld } from "./fitness.js";
export { inspectRedis, type RedisFacts } from "./inspect.js";
export { prefixOf, presenceKeyOf, probeKeyOf } from "./prefix.js";
