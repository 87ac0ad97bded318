-- UpdatePayout both ways: the outbox of letters to the platform with its attempts, and the calls of
-- the cashier with our answers.

create table notifications (
  -- Also the webhook-id, the same over all attempts and redeliveries.
  id text primary key,
  payout_id text not null references payouts (id),
  -- The place of the letter in its payout's life; letters that nobody asked for leave gaps.
  position smallint not null,
  letter text not null,
  -- The exact text that is sent, written once.
  body text not null,
  state text not null default 'pending',
  -- Grows with each redelivery: an attempt of an earlier round decides nothing any more.
  round integer not null default 1,
  -- Of this round.
  attempts integer not null default 0,
  first_attempt_at timestamptz,
  due_at timestamptz not null,
  lease_token text,
  lease_until timestamptz,
  -- What the last attempt was answered; the cause where nothing readable came.
  last_status integer,
  last_description text,
  last_cause text,
  created_at timestamptz not null,
  finished_at timestamptz,

  constraint notifications_place_unique unique (payout_id, position),
  constraint notifications_letter_known check (letter in ('A', 'P', 'Y', 'J', 'C')),
  constraint notifications_state_known check (state in ('pending', 'delivered', 'parked'))
);

create index notifications_due on notifications (due_at) where state = 'pending';

create table notification_attempts (
  id bigint generated always as identity primary key,
  notification_id text not null references notifications (id),
  payout_id text not null references payouts (id),
  letter text not null,
  round integer not null,
  at timestamptz not null,
  duration_ms integer not null,
  outcome text not null,
  -- Null where no HTTP answer came; the cause then says why.
  http_status integer,
  cause text,
  -- The pair of the platform, where it could be read.
  status integer,
  description text,
  constraint notification_attempts_outcome_known
    check (outcome in ('delivered', 'refused', 'transient', 'unrecognised'))
);

create index notification_attempts_payout on notification_attempts (payout_id, id);

create table cashier_calls (
  id bigint generated always as identity primary key,
  received_at timestamptz not null,
  -- Null where no payout of ours was meant.
  payout_id text references payouts (id),
  letter text,
  updated_by text,
  path text not null,
  address text not null,
  content_type text not null,
  -- The bytes as they came, which need not be text; no header is kept.
  body bytea not null,
  answer_status smallint not null,
  answer_description text not null
);

create index cashier_calls_payout on cashier_calls (payout_id, id) where payout_id is not null;
