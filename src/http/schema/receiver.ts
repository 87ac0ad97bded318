/**
 * The receiver in requests, with the checks of each kind of field, and masked in responses. The
 * list of fields and their widths are decided in payout/model/receiver.ts.
 */

import { isIP } from 'node:net';
import { z } from 'zod';
import {
  bankAccountFields,
  cardFields,
  type FieldKind,
  type FieldTable,
  personFields,
  type ReceiverField,
} from '../../payout/model/receiver.ts';
import { passesLuhn } from '../../payout/scrub/card-number.ts';
import { text } from './fields.ts';

/** No card number has fewer digits (ISO/IEC 7812-1). */
const CARD_DIGITS_MIN = 12;

/** UnionPay has issued numbers without a check digit. */
const withoutCheckDigit = /^(?:62|81)/;

function cardNumber(digitsMax: number) {
  const form = new RegExp(String.raw`^[0-9]{${CARD_DIGITS_MIN},${digitsMax}}$`);
  return z
    .string()
    .refine(
      (digits) => form.test(digits) && (withoutCheckDigit.test(digits) || passesLuhn(digits)),
      `must be a card number of ${CARD_DIGITS_MIN}-${digitsMax} digits`,
    )
    .meta({
      pattern: form.source,
      description:
        'Digits only, including the check digit (Luhn), which numbers of UnionPay may lack.',
    });
}

/** An address in any script, also quoted: only its mail server knows which exist. */
const isEmail = (address: string): boolean => /^[^\s@]+@[^\s@]+$/u.test(address);

const checks = {
  text: ({ width }) => text(width),
  digits: ({ width }) =>
    z.string().regex(new RegExp(String.raw`^[0-9]{1,${width}}$`), `must be 1-${width} digits`),
  email: ({ width }) => text(width).refine(isEmail, 'must be an e-mail address'),
  ip: () =>
    z
      .string()
      .refine((ip) => isIP(ip) !== 0 && !ip.includes('%'), 'must be an IPv4 or IPv6 address')
      .describe('IPv4 or IPv6 address, without a zone.'),
  card_number: ({ width }) => cardNumber(width),
  month: () => z.int().min(1).max(12),
  year: () => z.int().min(2000).max(2099),
} satisfies Record<FieldKind, (field: ReceiverField) => z.ZodType>;

type Checked<Fields extends FieldTable> = {
  [Name in keyof Fields]: z.ZodOptional<ReturnType<(typeof checks)[Fields[Name]['kind']]>>;
};

/** The fields in a request: each is optional and is checked by its kind. */
function checked<Fields extends FieldTable>(fields: Fields): Checked<Fields>;
function checked(fields: FieldTable): Record<string, z.ZodOptional> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, checks[field.kind](field).optional()]),
  );
}

type Shown<Fields extends FieldTable> = { [Name in keyof Fields]: z.ZodOptional<z.ZodString> };

/** The same fields in a response: masked, and always text. */
function shown<Fields extends FieldTable>(fields: Fields): Shown<Fields>;
function shown(fields: FieldTable): Record<string, z.ZodOptional<z.ZodString>> {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, z.string().optional()]));
}

export const receiverSchema = z
  .strictObject({
    ...checked(personFields),
    bank_account: z.strictObject(checked(bankAccountFields)).meta({ id: 'BankAccount' }).optional(),
    card: z.strictObject(checked(cardFields)).meta({ id: 'Card' }).optional(),
  })
  .meta({ id: 'Receiver' });

export const maskedReceiverSchema = z
  .object({
    ...shown(personFields),
    bank_account: z.object(shown(bankAccountFields)).meta({ id: 'MaskedBankAccount' }).optional(),
    card: z.object(shown(cardFields)).meta({ id: 'MaskedCard' }).optional(),
  })
  .meta({ id: 'MaskedReceiver', description: 'The receiver, with every field masked.' });
