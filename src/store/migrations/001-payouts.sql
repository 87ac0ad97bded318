-- Payouts, their journal, the callback inbox and the pause switch.
-- Only plain SQL that a distributed PostgreSQL-compatible engine also speaks.

create table payouts (
  id text primary key,
  reference text not null,
  api_key_name text not null,
  idempotency_key text not null,
  -- Key id and HMAC of the canonical body: a repeat is told from a reuse without keeping the body.
  fingerprint text not null,
  endpoint text not null,
  release text not null,
  amount_minor bigint not null,
  currency text not null,
  description text,
  purpose text,
  return_url text,
  cashier jsonb,
  metadata jsonb,
  -- Receiver data, only ever encrypted: key id, nonce, AES-256-GCM ciphertext and tag.
  receiver bytea not null,

  status text not null,
  status_since timestamptz not null,
  money_moved text not null,
  reason jsonb,
  finalized_at timestamptz,
  order_id text,
  stage text,
  processor_tx_id text,
  redirect_url text,
  authorized_at timestamptz,
  authorized_by text,
  expires_at timestamptz,
  release_withheld boolean not null default false,
  attention jsonb not null default '[]',
  -- What decisions remember; read and written whole by the core.
  memory jsonb not null,

  -- version counts what a caller can see; revision counts every write and guards each of them.
  version integer not null,
  revision integer not null default 1,
  -- The row is its own schedule, and carries its own lease.
  due_at timestamptz,
  due_class smallint not null default 3,
  lease_token text,
  lease_until timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,

  constraint payouts_reference_unique unique (reference),
  constraint payouts_idempotency_unique unique (api_key_name, idempotency_key),
  constraint payouts_release_known check (release in ('automatic', 'on_authorization')),
  constraint payouts_amount_positive check (amount_minor > 0),
  constraint payouts_money_moved_known check (money_moved in ('yes', 'no', 'unknown')),
  constraint payouts_status_known check (status in (
    'requested', 'checking', 'bank_confirming', 'bank_confirmed', 'paying', 'processing',
    'awaiting_receiver', 'approved', 'declined', 'filtered', 'error', 'canceled', 'rejected',
    'expired'
  )),
  -- An open payout always has a due time.
  constraint payouts_open_is_due check (finalized_at is not null or due_at is not null)
);

create index payouts_due on payouts (endpoint, due_class, due_at) where due_at is not null;
create index payouts_created on payouts (created_at, id);
create index payouts_open on payouts (status, status_since) where finalized_at is null;
create index payouts_attention on payouts (created_at, id) where attention <> '[]';

create table payout_events (
  id bigint generated always as identity primary key,
  payout_id text not null references payouts (id),
  at timestamptz not null,
  kind text not null,
  version integer not null,
  status text not null,
  says text not null,
  data jsonb not null
);

create index payout_events_payout on payout_events (payout_id, id);

create table callbacks (
  id bigint generated always as identity primary key,
  endpoint text not null,
  received_at timestamptz not null,
  dedupe_key text not null,
  -- Null where no payout of ours has this client_orderid.
  payout_id text references payouts (id),
  status text not null,
  order_id text not null,
  client_order_id text not null,
  type text,
  amount text,
  currency text,
  error_code text,
  error_message text,
  constraint callbacks_dedupe_unique unique (dedupe_key)
);

create index callbacks_payout on callbacks (payout_id) where payout_id is not null;

create table pause (
  id smallint primary key default 1,
  paused boolean not null,
  by text not null,
  since timestamptz not null,
  constraint pause_single check (id = 1)
);

insert into pause (paused, by, since) values (false, 'migration', now());
