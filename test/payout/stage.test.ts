/** Stages: what they say about a negative status, and that they never end or pay anything alone. */

import { describe, expect, test } from 'vitest';
import { type StageKind, stageKind } from '../../src/payout/model/stage.ts';
import { isFinal } from '../../src/payout/model/status.ts';
import { DECLINED, MINUTE_MS, QUIET_MS, storyIn } from '../support/payouts.ts';

test.each<[string | null, StageKind]>([
  [null, 'missing'],
  ['', 'missing'],
  ['payout_declined', 'end'],
  ['PAYOUT_DECLINED', 'end'],
  ['transfer_cancelled', 'end'],
  ['sale_failed', 'end'],
  ['auth_rejected', 'end'],
  ['payout_filtered', 'end'],
  ['payout_error', 'error_end'],
  ['payout_chain_declined', 'still_deciding'],
  ['payout_unknown', 'still_deciding'],
  ['transfer_approved', 'still_deciding'],
  ['payout_starting', 'open'],
  ['payout_processing', 'open'],
  ['payout_filtering', 'open'],
  ['av_test_checking', 'open'],
  ['create_cm_registering', 'open'],
  ['payout_check_validating', 'open'],
  ['payout_check_validated', 'open'],
  ['sale_verificating', 'open'],
  ['sale_verificated', 'open'],
  ['payout_new_word', 'unlisted'],
  ['declined', 'unlisted'],
])('%s is %s', (stage, kind) => {
  expect(stageKind(stage)).toBe(kind);
});

const negatives = ['declined', 'filtered', 'error'] as const;

describe.each(negatives)('%s before payout-pay', (status) => {
  const says = (stage: string | null) => storyIn.bank_confirming().reports({ status, stage });

  test.each(['payout_declined', 'payout_error', null, 'payout_check_validating'])(
    'ends the payout immediately in stage %s',
    (stage) => {
      expect([says(stage).status, says(stage).letters]).toEqual([status, 'J']);
    },
  );

  test.each(['payout_chain_declined', 'payout_unknown'])(
    'is believed in stage %s after ten minutes of the same',
    (stage) => {
      const story = says(stage)
        .wait(QUIET_MS - MINUTE_MS)
        .reports({ status, stage });
      expect(story.status).toBe('bank_confirming');
      expect(story.wait(2 * MINUTE_MS).reports({ status, stage }).status).toBe(status);
    },
  );

  test('stays in an unlisted stage, with attention in the end', () => {
    const story = says('payout_new_word')
      .wait(QUIET_MS)
      .reports({ status, stage: 'payout_new_word' });
    expect(story.wait(QUIET_MS).reports({ status, stage: 'payout_new_word' }).status).toBe(
      'bank_confirming',
    );
    expect(story.codes).toContain('unlisted_answer');
  });
});

describe.each(['paying', 'processing', 'awaiting_receiver'] as const)(
  'after payout-pay, %s',
  (at) => {
    const says = (status: string, stage: string | null) =>
      storyIn[at]().wait(MINUTE_MS).reports({ status, stage });

    test.each([
      ['declined', 'payout_declined'],
      ['declined', 'payout_error'],
      ['declined', null],
      ['filtered', 'payout_filtered'],
      ['error', 'payout_failed'],
    ])('%s in stage %s is an end, with P and J', (status, stage) => {
      expect([says(status, stage).status, says(status, stage).letters]).toEqual([status, 'APJ']);
    });

    test.each([
      ['declined', 'payout_chain_declined'],
      ['filtered', 'payout_unknown'],
      ['error', 'payout_processing'],
      ['declined', 'payout_approved'],
    ])('%s in stage %s is believed after ten minutes of the same', (status, stage) => {
      const story = says(status, stage);
      expect(isFinal(story.status)).toBe(false);
      expect(story.letters).toBe('AP');
      story.wait(QUIET_MS - MINUTE_MS).reports({ status, stage });
      expect(isFinal(story.status)).toBe(false);
      expect(story.wait(2 * MINUTE_MS).reports({ status, stage }).status).toBe(status);
    });

    test.each([null, 'payout_error'])(
      'error in stage %s is for the operator to find out',
      (stage) => {
        const story = says('error', stage);
        for (let day = 0; day < 5; day += 1)
          story.wait(24 * 60 * MINUTE_MS).reports({ status: 'error', stage });
        expect(isFinal(story.status)).toBe(false);
        expect(story.codes).toContain('gateway_error');
        expect(story.letters).toBe('AP');
      },
    );

    test.each([null, 'payout_error'])(
      'the installation may take error in %s for an end',
      (stage) => {
        const story = storyIn[at]({ policy: { errorMeansDeclined: true } }).wait(MINUTE_MS);
        expect(story.reports({ status: 'error', stage }).status).toBe('error');
      },
    );

    test.each(['unknown', 'something_new'])(
      'the status %s stays, and is shown in the end',
      (status) => {
        const story = says(status, null).wait(QUIET_MS).reports({ status, stage: null });
        expect(isFinal(story.status)).toBe(false);
        expect(story.wait(QUIET_MS).reports({ status, stage: null }).codes).toContain(
          'unlisted_answer',
        );
      },
    );
  },
);

test('an error that goes over into something else is no longer for the operator to find out', () => {
  const story = storyIn.processing().reports({ status: 'error', stage: null });
  expect(story.codes).toEqual(['gateway_error']);
  expect(story.reports({ stage: 'payout_processing' }).codes).toEqual([]);
  expect(story.reports(DECLINED).status).toBe('declined');
});

test('replies that change between them are not ten minutes of the same', () => {
  const story = storyIn.processing();
  for (let said = 0; said < 10; said += 1) {
    story.wait(9 * MINUTE_MS).reports({ status: 'declined', stage: 'payout_chain_declined' });
    story.wait(MINUTE_MS).reports({ stage: 'payout_processing' });
  }
  expect(story.status).toBe('processing');
});

test('once the receiver has to fill in a form, the payout stays so until its end', () => {
  const story = storyIn.processing().reports({ redirectTo: 'https://bank.example/a' });
  expect(story.status).toBe('awaiting_receiver');
  story.reports({ stage: 'payout_processing' }).reports({ status: 'error', stage: null });
  expect(story.status).toBe('awaiting_receiver');
  expect(story.payout.gateway.redirectUrl).toBe('https://bank.example/a');
  story.reports({ redirectTo: 'https://bank.example/b' });
  expect(story.payout.gateway.redirectUrl).toBe('https://bank.example/b');
  expect(story.reports(DECLINED).payout.gateway.redirectUrl).toBeNull();
});

test('a form shows that an unknown payout-pay arrived', () => {
  const story = storyIn.paying().reports({ redirectTo: 'https://bank.example/a' });
  expect([story.status, story.letters]).toEqual(['awaiting_receiver', 'AP']);
});

test('a bank that takes its word back takes the payout back', () => {
  const story = storyIn.bank_confirmed().reports({ stage: 'payout_check_validating' });
  expect(story.status).toBe('bank_confirming');
  expect(storyIn.bank_confirmed().reports({ stage: null }).status).toBe('bank_confirmed');
  expect(storyIn.bank_confirmed().reports({ stage: null }).tryPay().kind).toBe('refused');
});

describe('a check stage that is neither validating nor validated', () => {
  const CHECKING = { stage: 'payout_check_processing' };

  test('is no payment: a payout stays confirmed, and is paid once it is validated again', () => {
    const story = storyIn.bank_confirmed().reports(CHECKING);
    expect([story.status, story.payout.moneyMoved, story.codes]).toEqual([
      'bank_confirmed',
      'no',
      [],
    ]);
    expect(story.tryPay().kind).toBe('refused');
    expect(story.reports({ stage: 'payout_check_validated' }).next()).toEqual({ kind: 'pay' });
  });

  test('does not show that payout-pay arrived', () => {
    const story = storyIn.paying().wait(MINUTE_MS).reports(CHECKING);
    expect([story.status, story.letters]).toEqual(['paying', 'A']);
  });

  test('contradicts no stop', () => {
    const story = storyIn.canceled().wait(MINUTE_MS).reports(CHECKING);
    expect([story.payout.moneyMoved, story.codes]).toEqual(['no', []]);
  });
});
