/**
 * The prefix of a database's keys: several databases may share a Redis, and one's workers must not
 * take the entries of another. What is in braces decides the slot in a Redis cluster, and stays.
 */
export const prefixOf = (queuePrefix: string, namespace: string): string =>
  `${queuePrefix}:${namespace}`;

/** The key that says that workers of a role take tasks of a database: `prefix` is of `prefixOf`. */
export const presenceKeyOf = (prefix: string, role: string): string => `${prefix}:workers:${role}`;

/** The key that a check of Redis writes. */
export const probeKeyOf = (queuePrefix: string): string => `${queuePrefix}:probe`;
