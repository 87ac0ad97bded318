/**
 * In which history each letter was claimed. A letter that is under way when the database goes back
 * arrives afterwards, so that the moment of its arrival does not tell which one sent it.
 */

export type LetterClaim = {
  /** The database does not know of this claim any more. */
  readonly isLost: boolean;
};

export type LetterClaims = {
  /** A statement of this process ran and answered these rows. */
  wrote(process: string, name: string, rows: readonly Record<string, unknown>[]): void;
  /** The last claim of this letter by the process: what it sends now, it sends under that one. */
  latest(process: string, letterId: string): LetterClaim;
  /** A copy of the database was made, to which it may come back. */
  kept(): void;
  /** The database is that copy again. */
  restored(): void;
};

export function createLetterClaims(): LetterClaims {
  const claims: { key: string; isLost: boolean }[] = [];
  let copied = 0;
  const keyOf = (process: string, letterId: string): string => `${process} ${letterId}`;
  return {
    wrote: (process, name, rows) => {
      if (name !== 'claim-notifications') return;
      for (const { id } of rows) claims.push({ key: keyOf(process, String(id)), isLost: false });
    },
    latest: (process, letterId) => {
      const claim = claims.findLast(({ key }) => key === keyOf(process, letterId));
      if (claim === undefined) throw new Error(`${process} sends ${letterId} without a claim`);
      return claim;
    },
    kept: () => {
      copied = claims.length;
    },
    restored: () => {
      for (const claim of claims.slice(copied)) claim.isLost = true;
    },
  };
}
