/** The services of docker-compose.yml as one machine runs them without Compose. */
import { parse } from "yaml";

/**
 * Command and variables of migrate, API and worker, as the compose file says, but with these URLs instead of its
 * own Postgres and Redis.
 */
export function readServices(text, { owner, app, redis }) {
  const filled = text.replace(
    /\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}/g,
    (_, fallback) => fallback ?? "x",
  );
  const { services } = parse(filled, { merge: true });
  const urls = { MIGRATION_DATABASE_URL: owner, DATABASE_URL: app, REDIS_URL: redis };
  return Object.fromEntries(
    ["migrate", "api", "worker"].map((name) => {
      const { command, environment } = services[name];
      const own = Object.entries(urls).filter(([key]) => key in environment);
      return [name, { command, environment: { ...environment, ...Object.fromEntries(own) } }];
    }),
  );
}
