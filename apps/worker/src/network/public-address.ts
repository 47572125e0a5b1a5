import ipaddr from "ipaddr.js";

/**
 * Whether an address (not a name) may be reached from here on somebody's behalf: a public unicast
 * one. Private, loopback and link-local ones are not, nor IPv6 addresses that stand for an IPv4 one
 * in a tunnel or translation.
 */
export function isPublicAddress(address: string): boolean {
  // A zone ("%eth0") names an interface of this machine.
  if (!ipaddr.isValid(address) || address.includes("%")) return false;
  // ::ffff:127.0.0.1 is judged as 127.0.0.1.
  return ipaddr.process(address).range() === "unicast";
}
