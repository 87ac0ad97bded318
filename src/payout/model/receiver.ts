/**
 * Who gets the money, as the platform names it: the keys of the public contract, kept as received,
 * so that what is stored and shown is what was sent. No gateway field name belongs here.
 */

export type BankAccount = {
  account_number?: string | undefined;
  account_name?: string | undefined;
  bank_name?: string | undefined;
  bank_branch?: string | undefined;
  bank_code?: string | undefined;
  routing_number?: string | undefined;
  bank_city?: string | undefined;
  bank_province?: string | undefined;
  bank_area?: string | undefined;
  bank_address?: string | undefined;
  bank_zip_code?: string | undefined;
};

export type Card = {
  number?: string | undefined;
  printed_name?: string | undefined;
  /** 1 to 12. */
  expire_month?: number | undefined;
  /** Four digits. */
  expire_year?: number | undefined;
  card_ref_id?: string | undefined;
};

export type Receiver = {
  first_name?: string | undefined;
  last_name?: string | undefined;
  email?: string | undefined;
  phone?: string | undefined;
  ip_address?: string | undefined;
  bank_account?: BankAccount | undefined;
  card?: Card | undefined;
};

/** Numbers shorter than this show nothing: four of five characters would be the number itself. */
const SHOWN_LENGTH_MIN = 8;
const SHOWN_CHARACTERS = 4;

/** At most the last four characters: "****1234". */
function maskNumber(text: string): string {
  return text.length < SHOWN_LENGTH_MIN ? '****' : `****${text.slice(-SHOWN_CHARACTERS)}`;
}

/** The first letter of every piece: "John Smith" is "J*** S***", "a@b.org" is "a***@b***.o***". */
function maskPieces(text: string): string {
  return text.replace(/[^\s@.+()-]+/gu, (piece) => {
    const [letter = ''] = piece;
    return `${letter}***`;
  });
}

const hide = () => '***';
const show = (text: string) => text;

const receiverMasks = {
  first_name: maskPieces,
  last_name: maskPieces,
  email: maskPieces,
  phone: maskPieces,
  ip_address: hide,
} as const;

const bankAccountMasks = {
  account_number: maskNumber,
  account_name: maskPieces,
  bank_name: show,
  bank_branch: show,
  bank_code: show,
  routing_number: show,
  bank_city: show,
  bank_province: show,
  bank_area: show,
  bank_address: show,
  bank_zip_code: show,
} as const satisfies Record<keyof BankAccount, (text: string) => string>;

const cardMasks = {
  number: maskNumber,
  printed_name: maskPieces,
  card_ref_id: maskNumber,
} as const;

type Masks = Readonly<Record<string, (text: string) => string>>;

/** Only keys that have a mask come through, so a new field stays hidden until it is given one. */
function mask(part: Readonly<Record<string, unknown>>, masks: Masks): Record<string, string> {
  const masked: Record<string, string> = {};
  for (const [key, maskText] of Object.entries(masks)) {
    const value = part[key];
    if (typeof value === 'string') masked[key] = maskText(value);
  }
  return masked;
}

export type MaskedReceiver = Omit<Receiver, 'card'> & {
  card?: Omit<Card, 'expire_month' | 'expire_year'> | undefined;
};

/**
 * The receiver as it may be shown: bank names in clear, account and card numbers by their last four
 * characters, people's data by first letters. A card's expiry is left out.
 */
export function maskReceiver(receiver: Receiver): MaskedReceiver {
  const { bank_account, card } = receiver;
  const person: Omit<Receiver, 'bank_account' | 'card'> = mask(receiver, receiverMasks);
  return {
    ...person,
    ...(bank_account && { bank_account: mask(bank_account, bankAccountMasks) }),
    ...(card && { card: mask(card, cardMasks) }),
  };
}
