/**
 * Remembers used nonces for as long as their timestamps can still be accepted. Two generations are
 * stored and swapped, so that forgetting costs nothing per request.
 */

/** A nonce can be accepted from five minutes before its timestamp until five minutes after it. */
const GENERATION_MS = 600_000;

/** About 50 MB in each generation; beyond that rate the older generation is forgotten early. */
const NONCES_MAX = 500_000;

export interface NonceMemory {
  /** Whether `nonce` is new; it counts as used from now on. */
  isNew(nonce: string): boolean;
}

export function createNonceMemory(clock: () => number, noncesMax = NONCES_MAX): NonceMemory {
  let older = new Set<string>();
  let newer = new Set<string>();
  let newerSince = clock();
  return {
    isNew(nonce) {
      const now = clock();
      if (now - newerSince >= GENERATION_MS || newer.size >= noncesMax) {
        older = newer;
        newer = new Set();
        newerSince = now;
      }
      if (newer.has(nonce) || older.has(nonce)) return false;
      newer.add(nonce);
      return true;
    },
  };
}
