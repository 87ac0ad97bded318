/**
 * The rules for a new payout that a retry is not judged by: those of this installation's
 * configuration, which may change with every start, and the one on card numbers, which earlier
 * versions did not have. A retry gets its first response. The shape of the body is decided in
 * create-payout.ts, what a card number is in payout/scrub/card-number.ts.
 */

import { holdsCard, holdsNumber } from '../../payout/scrub/scrub.ts';

export type CreateRules = {
  /**
   * Whether the platform is notified, which needs a pin and a front_end_name. The start of another
   * replica may change this value of the installation, so it is read again for each body.
   */
  readonly notified: boolean;
  /** Names of the configured endpoints. */
  endpoints: readonly string[];
};

export type Finding = { path: string[]; message: string };

/** The parts of a body that the rules read. */
export type Configured = {
  endpoint?: string | undefined;
  cashier?: Cashier | undefined;
} & Described;

type Cashier = {
  pin?: string | undefined;
  front_end_name?: string | undefined;
  site_id?: string | number | undefined;
  trace_id?: string | number | undefined;
};

/** The texts that are stored and shown in clear. */
type Described = {
  reference: string;
  description?: string | undefined;
  purpose?: string | undefined;
  return_url?: string | undefined;
  metadata?: Readonly<Record<string, string>> | undefined;
  receiver: { card?: { number?: string | undefined } | undefined };
};

/** The errors of an endpoint; without one, the configured endpoint is used. */
export function checkEndpoint({ endpoint }: Configured, { endpoints }: CreateRules): Finding[] {
  if (endpoint === undefined || endpoints.includes(endpoint)) return [];
  return [{ path: ['endpoint'], message: `must be one of ${endpoints.join(', ')}` }];
}

/** The errors of the cashier's fields. */
export function checkCashier({ cashier }: Configured, { notified }: CreateRules): Finding[] {
  if (!notified) return [];
  const message = 'is required, because the platform is notified';
  const found: Finding[] = [];
  if (cashier?.pin === undefined) found.push({ path: ['cashier', 'pin'], message });
  if (cashier?.front_end_name === undefined) {
    found.push({ path: ['cashier', 'front_end_name'], message });
  }
  return found;
}

export const NO_CARD = 'must not have a card number in it';

/** Whether a text has the number of the receiver's card in it. */
export function holdsOwnCard({ receiver }: Pick<Described, 'receiver'>, text: string): boolean {
  const own = receiver.card?.number;
  return own !== undefined && holdsNumber(text, own);
}

/**
 * Texts in clear with a card number. An id of the platform may look like one by chance, so that in
 * ids and addresses only the receiver's own number is one. No message repeats it, and neither does
 * the path of a metadata key.
 */
export function checkCards(body: Described & Pick<Configured, 'cashier'>): Finding[] {
  const { reference, return_url, cashier, description, purpose, metadata = {} } = body;
  const isOwn = (text: string): boolean => holdsOwnCard(body, text);
  const isCard = (text: string): boolean => holdsCard(text) || isOwn(text);
  const ids = { pin: cashier?.pin, front_end_name: cashier?.front_end_name };
  const textOf = (id: string | number | undefined) => (id === undefined ? undefined : String(id));
  const texts: [string[], string | undefined, (text: string) => boolean][] = [
    [['reference'], reference, isOwn],
    [['return_url'], return_url, isOwn],
    [['cashier', 'pin'], ids.pin, isOwn],
    [['cashier', 'front_end_name'], ids.front_end_name, isOwn],
    [['cashier', 'site_id'], textOf(cashier?.site_id), isOwn],
    [['cashier', 'trace_id'], textOf(cashier?.trace_id), isOwn],
    [['description'], description, isCard],
    [['purpose'], purpose, isCard],
    ...Object.entries(metadata).flatMap(([key, value]): typeof texts => [
      [['metadata'], key, isCard],
      [isCard(key) ? ['metadata'] : ['metadata', key], value, isCard],
    ]),
  ];
  return texts.flatMap(([path, text, isRefused]) =>
    text !== undefined && isRefused(text) ? [{ path, message: NO_CARD }] : [],
  );
}

/** The errors of a body of the right shape. */
export const checkRules = (body: Configured, rules: CreateRules): Finding[] => [
  ...checkCards(body),
  ...checkEndpoint(body, rules),
  ...checkCashier(body, rules),
];
