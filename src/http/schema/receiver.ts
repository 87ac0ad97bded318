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
import { text } from './fields.ts';

/** No card number has fewer digits (ISO/IEC 7812-1). */
const CARD_DIGITS_MIN = 12;

/** Whether the last digit is the check digit of Luhn's formula. */
function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

function cardNumber(digitsMax: number) {
  const form = new RegExp(String.raw`^\d{${CARD_DIGITS_MIN},${digitsMax}}$`);
  return z
    .string()
    .refine(
      (digits) => form.test(digits) && passesLuhn(digits),
      `must be a card number of ${CARD_DIGITS_MIN}-${digitsMax} digits`,
    )
    .meta({ pattern: form.source, description: 'Digits only, including the check digit (Luhn).' });
}

const checks = {
  text: ({ width }) => text(width),
  digits: ({ width }) =>
    z.string().regex(new RegExp(String.raw`^\d{1,${width}}$`), `must be 1-${width} digits`),
  email: ({ width }) => z.string().trim().max(width).check(z.email('must be an e-mail address')),
  ip: () =>
    z
      .string()
      .refine((ip) => isIP(ip) !== 0 && !ip.includes('%'), 'must be an IPv4 or IPv6 address')
      .meta({
        anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }],
        description: 'IPv4 or IPv6 address, without a zone.',
      }),
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
