/**
 * What is said of a key that has sealed or signed something in this database, and cannot be used
 * now. `variable` names the ring, and `lost` what cannot be done without the key.
 */

type Key = { variable: 'DATA_KEYS' | 'ROW_KEY'; id: string; lost: string };

export const keyIsMissing = ({ variable, id, lost }: Key): string =>
  `${variable} lacks the key ${id}: ${lost}. Add it again.`;

export const keyHasChanged = ({ variable, id, lost }: Key): string =>
  `The key ${id} of ${variable} has other bytes than before: ${lost}. Restore it, and give a new ` +
  'key an id of its own.';
