/**
 * Planted bugs in what is kept and told: rows, due times, leases of facts, letters, secrets.
 */

import type { Mutant } from './mutant.ts';

export const bookMutants: readonly Mutant[] = [
  {
    name: 'key-not-looked-up',
    guard: 'a repeated create is answered with the payout of the first one',
    rules: [1],
    seed: 2,
    changes: [
      {
        file: 'src/flow/api/create-payout.ts',
        find: `if (!inserted) return explainConflict(app, creating);`,
        replace: `if (!inserted && id === '') return explainConflict(app, creating);`,
      },
    ],
  },
  {
    name: 'answered-before-commit',
    guard: '201 is answered only after the payout was committed',
    rules: [1],
    seed: 11,
    changes: [
      {
        file: 'src/flow/api/create-payout.ts',
        find: `const inserted = await app.batches`,
        replace: `const inserted = true;
  void app.batches`,
      },
      {
        file: 'src/flow/api/create-payout.ts',
        find: `if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;`,
        replace: `if (sqlState(error) !== LOCK_NOT_AVAILABLE) return;`,
      },
    ],
  },
  {
    name: 'due-time-lost',
    guard: 'an open payout always has a due time that comes',
    rules: [1, 10],
    seed: 1,
    changes: [
      {
        file: 'src/store/payouts/save-payouts.ts',
        find: `due_at: due === null ? null : new Date(due.at),`,
        replace: `due_at: due === null ? null : new Date(due.class === 3 ? 4e12 : due.at),`,
      },
    ],
  },
  {
    name: 'answer-needs-lease',
    guard: 'an answer is taken from any worker, leased or not',
    rules: [0, 1, 13],
    seed: 2668,
    changes: [
      {
        file: 'src/flow/write/apply-event.ts',
        find: `: { token: lease.token, require: intent,`,
        replace: `: { token: lease.token, require: event.kind !== 'held',`,
      },
      {
        file: 'src/flow/write/apply-event.ts',
        find: `if (isIntent(applying.event)) {`,
        replace: `if (applying.lease !== undefined) {`,
      },
    ],
  },
  {
    name: 'letters-side-by-side',
    guard: 'letters of one payout go out one after the other',
    rules: [9],
    seed: 9,
    changes: [
      {
        file: 'src/store/notifications/notification-leases.ts',
        find: '((o.finished_at is null and o.position < n.position) or o.lease_until >=',
        replace:
          "o.id = '' and ((o.finished_at is null and o.position < n.position) or o.lease_until >=",
      },
    ],
  },
  {
    name: 'letter-dropped',
    guard: 'a letter is sent again until the platform takes or refuses it',
    rules: [9],
    seed: 11,
    changes: [
      {
        file: 'src/flow/platform/deliver-notification.ts',
        find: `if (answer.kind === 'delivered') return { state`,
        replace: `if (answer.kind !== 'refused') return { state`,
      },
    ],
  },
  {
    name: 'end-without-letter',
    guard: 'every change that has a letter is told',
    rules: [9],
    seed: 92,
    changes: [
      {
        file: 'src/payout/rules/notify.ts',
        find: `const letters = wanted.filter((letter) => !lettersSent.includes(letter));`,
        replace: `const letters = wanted.slice(0, 1).filter((letter) => !lettersSent.includes(letter));`,
      },
    ],
  },
  {
    name: 'receiver-in-log',
    guard: 'receiver data is in no log',
    rules: [11],
    seed: 92,
    changes: [
      {
        file: 'src/flow/api/create-payout.ts',
        find: `keyName: apiKeyName }, says);`,
        replace: `keyName: apiKeyName }, JSON.stringify(request.receiver));`,
      },
    ],
  },
  {
    name: 'receiver-in-clear',
    guard: 'receiver data is stored only encrypted',
    rules: [11],
    seed: 92,
    changes: [
      {
        file: 'src/flow/api/create-payout.ts',
        find: `description: request.description,`,
        replace: `description: JSON.stringify(request.receiver),`,
      },
    ],
  },
  {
    name: 'echo-kept',
    guard: 'receiver data that others repeat is not kept',
    rules: [11],
    seed: 596,
    changes: [
      {
        file: 'src/flow/scrub.ts',
        find: `const scrubbed = scrubText(given, receiver, given.length >= lengthMax);`,
        replace: `const scrubbed = given;`,
      },
    ],
  },
];
