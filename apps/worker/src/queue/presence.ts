import type { TaskRole } from "@winnow/contracts";
import { presenceKeyOf, type RedisAddress } from "@winnow/redis";
import { connectProducer } from "./producer.js";
import type { QueueSettings } from "./settings.js";

/** Which roles some worker takes the tasks of. Every call fails soon if Redis does not answer. */
export interface Presence {
  /** Says for some time that a worker takes the tasks of a role. */
  announce(role: TaskRole, forMs: number): Promise<void>;
  /** Whether some worker says so. */
  isAnnounced(role: TaskRole): Promise<boolean>;
  close(): void;
}

/** Opens it on a Redis that answers. `onError` gets the errors of connections that come back by themselves. */
export async function openPresence(
  address: RedisAddress,
  { prefix }: QueueSettings,
  onError: (error: Error) => void,
): Promise<Presence> {
  const redis = await connectProducer(address, "winnow-presence", onError);
  return {
    async announce(role, forMs) {
      await redis.set(presenceKeyOf(prefix, role), "1", "PX", forMs);
    },
    isAnnounced: async (role) => (await redis.exists(presenceKeyOf(prefix, role))) === 1,
    close: () => redis.disconnect(),
  };
}
