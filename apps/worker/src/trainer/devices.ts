import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Assigns each running child one GPU: TensorFlow takes every GPU that it sees. */
export interface Devices {
  readonly count: number;
  /** Takes the least used device; with `env` added to its environment a child sees only that one. */
  lease(): { env: Readonly<Record<string, string>>; release(): void };
}

/** The devices of a worker without GPUs. */
export const NO_DEVICES: Devices = {
  count: 0,
  lease: () => ({ env: {}, release: () => {} }),
};

/**
 * The GPUs of this worker, which its probe has found to work. `visible` are those that
 * CUDA_VISIBLE_DEVICES names; null: all that the driver lists. With a single one the variable stays
 * as it is: whatever number or name it has here, CUDA finds it.
 */
export async function openDevices(
  visible: readonly string[] | null,
  list: () => Promise<string[]> = listGpus,
): Promise<Devices> {
  const names = visible ?? (await list());
  // The probe trained on a GPU: where the driver lists none, one is there all the same.
  if (names.length <= 1) return { ...NO_DEVICES, count: 1 };
  const users = new Map(names.map((name) => [name, 0]));
  const use = (name: string, change: number) => users.set(name, (users.get(name) ?? 0) + change);
  return {
    count: names.length,
    lease() {
      const [name] = [...users].reduce((least, entry) => (entry[1] < least[1] ? entry : least));
      use(name, 1);
      let isHeld = true;
      return {
        env: { CUDA_VISIBLE_DEVICES: name },
        release() {
          if (isHeld) use(name, -1);
          isHeld = false;
        },
      };
    },
  };
}

const LIST_TIMEOUT_MS = 20_000;

/**
 * UUIDs of the GPUs that this process may use, as `nvidia-smi -L` prints them; none where it does
 * not run. The numbers of /dev/nvidia0, /dev/nvidia1, ... are the host's: in a container CUDA
 * counts what it sees from 0.
 */
async function listGpus(): Promise<string[]> {
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", ["-L"], {
      timeout: LIST_TIMEOUT_MS,
    });
    return gpuUuids(stdout);
  } catch {
    return [];
  }
}

/**
 * The devices in the output of `nvidia-smi -L`. A GPU that is divided into MIG instances is no
 * device itself: its instances are.
 */
export function gpuUuids(listing: string): string[] {
  const uuids: string[] = [];
  let isUndivided = false;
  for (const line of listing.split("\n")) {
    const uuid = /\(UUID: ([^)\s]+)\)/.exec(line)?.[1];
    if (uuid === undefined) continue;
    if (/^\s*MIG\b/.test(line)) {
      if (isUndivided) uuids.pop();
      isUndivided = false;
    } else isUndivided = true;
    uuids.push(uuid);
  }
  return uuids;
}
