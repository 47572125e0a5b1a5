import ipaddr from "ipaddr.js";

/**
 * Whether an address (not a name) is a public unicast one, to which requests of others may go.
 * Private, loopback and link-local ones are not, nor IPv6 addresses that embed an IPv4 one for
 * tunnels or translation.
 */
export function isPublicAddress(address: string): boolean {
  // A zone ("%eth0") names an interface of this machine.
  if (!ipaddr.isValid(address) || address.includes("%")) return false;
  // ::ffff:127.0.0.1 is checked as 127.0.0.1.
  return ipaddr.process(address).range() === "unicast";
}
