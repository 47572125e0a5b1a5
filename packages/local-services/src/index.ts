export type { ServiceEnv } from "./config.js";
export { LocalServicesError, type LocalServicesErrorCode } from "./errors.js";
export { isAlive, isMark, markOf, type ProcessMark } from "./processes/process-mark.js";
export { type PostgresOptions, startPostgres } from "./servers/postgres.js";
export { type RedisOptions, startRedis } from "./servers/redis.js";
export {
  type LocalServices,
  type LocalServicesOptions,
  startLocalServices,
} from "./servers/start.js";
export { ALL_PRIVILEGE_WAYS, type PrivilegeWay } from "./servers/unprivileged.js";
export type { Durability, LocalService, ServiceEvent } from "./service/service.js";
