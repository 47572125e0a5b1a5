import { readdirSync } from "node:fs";

/** Assigns each running child one GPU: TensorFlow takes all memory of every GPU that it sees. */
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

/** `visible` are the GPUs that this process may use, as CUDA names them; null: all of the machine. */
export function openDevices(visible: readonly string[] | null): Devices {
  const names = visible ?? machineGpus();
  if (names.length === 0) return NO_DEVICES;
  const users = new Map(names.map((name) => [name, 0]));
  const use = (name: string, change: number) => users.set(name, (users.get(name) ?? 0) + change);
  return {
    count: names.length,
    lease() {
      const [name] = [...users].reduce((least, entry) => (entry[1] < least[1] ? entry : least));
      use(name, 1);
      return {
        env: { CUDA_VISIBLE_DEVICES: name },
        release: () => use(name, -1),
      };
    },
  };
}

/** The NVIDIA driver has a file for each GPU: /dev/nvidia0, /dev/nvidia1, ... */
function machineGpus(): string[] {
  try {
    return readdirSync("/dev").flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? []);
  } catch {
    return [];
  }
}
