export type { ServiceEnv } from "./config.js";
export { LocalServicesError, type LocalServicesErrorCode } from "./errors.js";
export { type PostgresOptions, startPostgres } from "./postgres.js";
export { type RedisOptions, startRedis } from "./redis.js";
export type { Durability, LocalService, ServiceEvent } from "./service.js";
export { type LocalServices, type LocalServicesOptions, startLocalServices } from "./start.js";
export { ALL_PRIVILEGE_WAYS, type PrivilegeWay } from "./unprivileged.js";
