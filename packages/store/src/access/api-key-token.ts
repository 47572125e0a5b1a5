import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * The token that a key's holder sends: `wn_`, the 32 hex digits of the public id, and 256 random
 * bits.
 */
const TOKEN = /^wn_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([\w-]{43})$/;

const SECRET_BYTES = 32;

/** Makes a new secret for the key `id`. The token is shown once; only the hash is stored. */
export function newToken(id: string): { token: string; secretHash: Buffer } {
  const secret = randomBytes(SECRET_BYTES).toString("base64url");
  const publicPart = id.slice(id.indexOf("_") + 1).replaceAll("-", "");
  return { token: `wn_${publicPart}_${secret}`, secretHash: hashOf(secret) };
}

/** The id of the key that a token claims to be, and its secret; null for text that is no token. */
export function parseToken(token: string): { id: string; secret: string } | null {
  const match = TOKEN.exec(token);
  if (!match) return null;
  return { id: `key_${match.slice(1, 6).join("-")}`, secret: match[6]! };
}

/**
 * Whether the secret matches the hash. The time it takes reveals nothing of either; without a hash
 * (an unknown key) the same work is done.
 */
export function secretFits(secret: string, hash: Uint8Array | undefined): boolean {
  const equal = timingSafeEqual(hashOf(secret), hash ?? Buffer.alloc(32));
  return equal && hash !== undefined;
}

/** Plain SHA-256 is enough: 256 random bits cannot be guessed, however fast the hash. */
const hashOf = (secret: string): Buffer => createHash("sha256").update(secret).digest();
