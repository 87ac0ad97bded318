import { expect, test } from 'vitest';

import { maskReceiver } from '../../src/payout/model/receiver.ts';

test('a masked receiver shows first letters of people and the last four of numbers', () => {
  const masked = maskReceiver({
    first_name: 'Anna Maria',
    last_name: 'Élodie-Öz',
    email: 'john.smith@mail.example',
    phone: '+49 (170) 1234567',
    ip_address: '8.8.8.8',
    bank_account: {
      account_number: 'DE89370400440532013000',
      account_name: 'John Smith',
      bank_name: 'Cool Bank',
    },
    card: {
      number: '4444333322221111',
      printed_name: 'JOHN SMITH',
      expire_month: 12,
      expire_year: 2030,
      card_ref_id: '1234567',
    },
  });
  expect(masked).toEqual({
    first_name: 'A*** M***',
    last_name: 'É***-Ö***',
    email: 'j***.s***@m***.e***',
    phone: '+4*** (1***) 1***',
    ip_address: '***',
    bank_account: {
      account_number: '****3000',
      account_name: 'J*** S***',
      bank_name: 'Cool Bank',
    },
    card: {
      number: '****1111',
      printed_name: 'J*** S***',
      expire_month: '**',
      expire_year: '****',
      card_ref_id: '****',
    },
  });
});

test('a receiver without some parts is masked without them', () => {
  expect(maskReceiver({ first_name: 'A', card: undefined })).toEqual({ first_name: 'A***' });
  expect(maskReceiver({})).toEqual({});
});

test('a key without a mask does not come through', () => {
  const stored: object = { first_name: 'A', bank_account: { secret: 'x' }, other: 'y' };
  expect(maskReceiver(stored)).toEqual({ first_name: 'A***', bank_account: {} });
});

test('a number in groups is masked by its last four characters, not by its last group', () => {
  const bank_account = { account_number: 'DE89 3704 0044 0532 0130 00' };
  expect(maskReceiver({ bank_account })).toEqual({ bank_account: { account_number: '****3000' } });
});
