import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Notification } from '../../src/flow/platform/dialect.ts';
import { letters } from '../../src/payout/model/letter.ts';
import { isSameAmount } from '../../src/payout/model/money.ts';
import { updatePayoutBody } from '../../src/praxis/notification.ts';
import { readUpdatePayout } from '../../src/praxis/update-payout.ts';
import { publishedBody, publishedRequests } from './vectors.ts';

const notification: Notification = {
  siteId: 170,
  frontEndName: 'TEST EUR',
  pin: '7',
  traceId: '751254',
  transactionId: null,
  letter: 'A',
  reference: '1526773664',
  updatedBy: 'Backoffice_User',
  money: { amountMinor: 100n, decimals: 2, currency: 'EUR' },
};

const word = (max: number) =>
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: max })
    .filter((text) => text.trim() !== '' && text.length <= max && !/\p{Cc}/u.test(text));

describe('the body of a notification', () => {
  it.each(publishedRequests)('has names, values and order of the published $id', ({ body }) => {
    const letter = letters.find((known) => known === body['Status']) ?? 'A';
    const written = updatePayoutBody({ ...notification, letter });
    expect(JSON.parse(written)).toEqual({ ...body, PP: 'Payneteasy' });
    expect([...written.matchAll(/"(\w+)":/g)].map(([, name]) => name)).toEqual(
      Object.keys(publishedBody('seed-req-authorized')),
    );
  });

  it('is these bytes', () => {
    expect(updatePayoutBody({ ...notification, letter: 'Y', transactionId: 'PNTEST-1' })).toBe(
      '{"SiteID":170,"FrontEndName":"TEST EUR","PIN":"7","TraceID":"751254","PP":"Payneteasy",' +
        '"TransactionID":"PNTEST-1","Status":"Y","ExtPayoutID":"1526773664",' +
        '"UpdatedBy":"Backoffice_User","Amount":1.00,"Currency":"EUR"}',
    );
  });

  it('leaves out what there is no value for, and never has a Fee', () => {
    const body = updatePayoutBody({ ...notification, siteId: null, traceId: null });
    expect(body).not.toMatch(/SiteID|TraceID|TransactionID|Fee|null/);
  });

  it.each([
    [10050n, 2, 'EUR', '100.50'],
    [5n, 2, 'EUR', '0.05'],
    [100n, 0, 'JPY', '100'],
    [1n, 3, 'BHD', '0.001'],
    [9_007_199_254_740_993_01n, 2, 'EUR', '9007199254740993.01'],
  ])(
    'writes %i with %i decimals of %s as the number %s',
    (amountMinor, decimals, currency, text) => {
      const body = updatePayoutBody({
        ...notification,
        money: { amountMinor, decimals, currency },
      });
      expect(body).toContain(`"Amount":${text},"Currency":"${currency}"`);
    },
  );

  it('keeps UpdatedBy within its width and leaves out an id that does not fit', () => {
    const long = 'x'.repeat(51);
    const body = updatePayoutBody({ ...notification, updatedBy: long, transactionId: long });
    expect(body).toContain(`"UpdatedBy":"${long.slice(0, 50)}"`);
    expect(body).not.toContain('TransactionID');
  });

  it('is read back as the same call', () => {
    const inputs = fc.record({
      siteId: fc.option(fc.nat()),
      frontEndName: word(256),
      pin: word(50),
      traceId: fc.option(word(50)),
      transactionId: fc.option(word(50)),
      letter: fc.constantFrom(...letters),
      reference: word(50),
      updatedBy: word(50),
      money: fc.record({
        amountMinor: fc.bigInt(1n, 10n ** 10n),
        decimals: fc.constantFrom(0, 2, 3),
        currency: fc.constantFrom('EUR', 'JPY', 'BHD'),
      }),
    });
    fc.assert(
      fc.property(inputs, (input) => {
        const body = updatePayoutBody(input);
        const read = readUpdatePayout(body, 'json');
        expect(read).toMatchObject({
          kind: 'call',
          call: {
            pin: input.pin,
            frontEndName: input.frontEndName,
            extPayoutId: input.reference,
            letter: input.letter,
            siteId: input.siteId,
            updatedBy: input.updatedBy,
            currency: input.money.currency,
          },
          ignored: [],
        });
        // The reader checks these fields and keeps none of them.
        const { TraceID = null, PP, TransactionID = null, Fee } = JSON.parse(body);
        expect({ TraceID, PP, TransactionID, Fee }).toEqual({
          TraceID: input.traceId,
          PP: 'Payneteasy',
          TransactionID: input.transactionId,
          Fee: undefined,
        });
        const amount = read.kind === 'call' ? read.call.amount : null;
        expect(isSameAmount(amount ?? '', input.money)).toBe(true);
      }),
    );
  });
});
