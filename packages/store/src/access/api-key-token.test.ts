import * as crypto from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { newToken, parseToken, secretFits } from "./api-key-token.js";

vi.mock("node:crypto", async (load) => {
  const real = await load<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

const ID = "key_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";

describe("a token", () => {
  it("holds the key's id and 256 bits that are no other token's", () => {
    const tokens = Array.from({ length: 100 }, () => newToken(ID).token);
    const parsed = tokens.map((token) => parseToken(token));
    expect(parsed.every((token) => token?.id === ID)).toBe(true);
    const secrets = new Set(parsed.map((token) => token?.secret ?? ""));
    expect(secrets.size).toBe(100);
    for (const secret of secrets) expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  });

  it.each([
    "",
    "wn_",
    "Bearer",
    `wn_${"0".repeat(32)}`,
    `wn_${"0".repeat(32)}_short`,
    `wn_${"G".repeat(32)}_${"a".repeat(43)}`,
    ` wn_${"0".repeat(32)}_${"a".repeat(43)}`,
    `wn_${"0".repeat(32)}_${"a".repeat(43)}\n`,
    `wn_${"0".repeat(32)}_${"ä".repeat(43)}`,
  ])("is nothing else: %j", (text) => {
    expect(parseToken(text)).toBeNull();
  });
});

describe("a secret", () => {
  it("fits its own hash alone, and is not in it", () => {
    const { token, secretHash } = newToken(ID);
    const secret = parseToken(token)!.secret;
    expect(secretFits(secret, secretHash)).toBe(true);
    expect(
      secretFits(
        secret.replace(/.$/, (last) => (last === "A" ? "E" : "A")),
        secretHash,
      ),
    ).toBe(false);
    expect(secretFits(secret, newToken(ID).secretHash)).toBe(false);
    expect(secretFits(secret, undefined)).toBe(false);
    expect(secretHash).toHaveLength(32);
    expect(secretHash.equals(Buffer.from(secret, "base64url"))).toBe(false);
  });

  it("is compared in constant time, whole hashes, also for an unknown key", () => {
    const { secretHash } = newToken(ID);
    const compare = vi.mocked(crypto.timingSafeEqual);
    for (const hash of [secretHash, undefined]) {
      compare.mockClear();
      secretFits("guess", hash);
      expect(compare).toHaveBeenCalledTimes(1);
      const [a, b] = compare.mock.calls[0]!;
      expect([a.byteLength, b.byteLength]).toEqual([32, 32]);
    }
  });
});
