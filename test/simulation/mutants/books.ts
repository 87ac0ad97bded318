/**
 * Planted bugs in what is stored and reported: rows, due times, leases, notifications, secrets.
 */

import { afterwards, type Mutant } from './mutant.ts';

export const bookMutants: readonly Mutant[] = [
  {
    name: 'key-not-looked-up',
    guard: 'a repeated create is answered with the payout of the first one',
    rules: [1],
    seed: 2,
    changes: [{ guard: 'repeated-create', replace: '' }],
  },
  {
    name: 'answered-before-commit',
    guard: '201 is answered only after the payout was committed',
    rules: [1],
    seed: 11,
    changes: [{ guard: 'created-before-answer', replace: afterwards(`const inserted = true;`) }],
  },
  {
    name: 'due-time-lost',
    guard: 'an open payout always has a due time that is reached',
    rules: [1, 10],
    seed: 1,
    changes: [
      {
        guard: 'due-time',
        replace: `due_at:
      due === null ? null : new Date(due.class === dueClass.poll ? 4e12 : due.at),`,
      },
    ],
  },
  {
    name: 'answer-needs-lease',
    guard: 'an answer is accepted from any worker, with or without a lease',
    rules: [0, 1, 13],
    seed: 2,
    changes: [
      {
        guard: 'lease-for-intents-only',
        replace: `lease: lease === undefined ? null : {
      token: lease.token,
      require: event.kind !== 'held',
      release: !intent && !isDueNow,
    },`,
      },
      {
        guard: 'retry-unless-intent',
        replace: `if (applying.lease !== undefined) return { kind: 'fenced' };`,
      },
    ],
  },
  {
    name: 'letters-side-by-side',
    guard: 'notifications of one payout are sent one after the other',
    rules: [9],
    seed: 15,
    changes: [{ guard: 'one-letter-at-a-time', replace: '' }],
  },
  {
    name: 'letter-dropped',
    guard: 'a notification is retried until the platform acknowledges or refuses it',
    rules: [9],
    seed: 11,
    changes: [
      {
        guard: 'delivered-when-acknowledged',
        replace: `if (answer.kind !== 'refused') return { state: 'delivered', dueAt: now };`,
      },
    ],
  },
  {
    name: 'end-without-letter',
    guard: 'every change with a status letter is notified',
    rules: [9],
    seed: 92,
    changes: [
      {
        guard: 'every-letter',
        replace: `const [first] = wanted;
  const letters = first === undefined || lettersSent.includes(first) ? [] : [first];`,
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
        guard: 'create-log-line',
        replace: `app.log.info({ payoutId: id }, JSON.stringify(request.receiver));`,
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
        guard: 'description-as-given',
        replace: `description: JSON.stringify(request.receiver),`,
      },
    ],
  },
  {
    name: 'echo-kept',
    guard: 'receiver data that others repeat is not stored',
    rules: [11],
    seed: 10,
    changes: [{ guard: 'scrubbed', replace: `const scrubbed = given;` }],
  },
];
