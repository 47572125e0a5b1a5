import { spawnSync } from "node:child_process";

const SERVICES = "10.213.7.1";

/** Hosts in network namespaces of their own, all joined to this machine by one bridge. */
export interface Network {
  /** Of the services, as every host sees them. */
  readonly address: string;
  /** The command within which a host's programs run. */
  within(host: number): string[];
  /** From now on no packet passes, and neither side is told. */
  cut(host: number): void;
  restore(host: number): void;
  close(): void;
}

/** Throws where iproute2 is missing, or this process may not make namespaces. */
export function openNetwork(hosts: number): Network {
  const id = process.pid.toString(36);
  const bridge = `wb${id}`;
  const port = (host: number) => `wp${id}${host}`;
  const name = (host: number) => `winnow-${id}-${host}`;
  const close = () => {
    for (let host = 0; host < hosts; host++) spawnSync("ip", ["netns", "del", name(host)]);
    for (let host = 0; host < hosts; host++) spawnSync("ip", ["link", "del", port(host)]);
    spawnSync("ip", ["link", "del", bridge]);
  };
  try {
    ip(`link add ${bridge} type bridge`);
    ip(`addr add ${SERVICES}/24 dev ${bridge}`);
    ip(`link set ${bridge} up`);
    for (let host = 0; host < hosts; host++) {
      ip(`netns add ${name(host)}`);
      ip(`link add ${port(host)} type veth peer name eth0 netns ${name(host)}`);
      ip(`link set ${port(host)} master ${bridge} up`);
      ip(`-n ${name(host)} addr add 10.213.7.${10 + host}/24 dev eth0`);
      ip(`-n ${name(host)} link set eth0 up`);
      ip(`-n ${name(host)} link set lo up`);
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    address: SERVICES,
    within: (host) => ["ip", "netns", "exec", name(host)],
    cut: (host) => ip(`link set ${port(host)} nomaster`),
    restore: (host) => ip(`link set ${port(host)} master ${bridge}`),
    close,
  };
}

function ip(command: string): void {
  const { status, stderr, error } = spawnSync("ip", command.split(" "), { encoding: "utf8" });
  if (status !== 0) throw new Error(`ip ${command}: ${error?.message ?? stderr.trim()}`);
}
