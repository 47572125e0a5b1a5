import { expect, it } from "vitest";
import { isPublicAddress } from "./public-address.js";

it.each([
  ["93.184.216.34", true],
  ["2606:2800:220:1:248:1893:25c8:1946", true],
  ["::ffff:93.184.216.34", true],
  ["127.0.0.1", false],
  ["127.255.255.254", false],
  ["0.0.0.0", false],
  ["10.1.2.3", false],
  ["172.16.0.1", false],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["192.0.2.1", false],
  ["198.18.0.1", false],
  ["::1", false],
  ["::", false],
  ["::ffff:127.0.0.1", false],
  ["::ffff:7f00:1", false],
  ["::ffff:a9fe:a9fe", false],
  ["fe80::1", false],
  ["fe80::1%eth0", false],
  ["fd00::1", false],
  ["64:ff9b::7f00:1", false],
  ["2002:7f00:1::", false],
  ["2001:0:4136:e378:8000:63bf:3fff:fdd2", false],
  ["2001:db8::1", false],
  ["ff02::1", false],
  ["::127.0.0.1", false],
  ["localhost", false],
  ["", false],
])("%s: %s", (address, reachable) => {
  expect(isPublicAddress(address)).toBe(reachable);
});
