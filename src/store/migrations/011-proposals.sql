-- Commands that take two operators: what the first one proposes, and who approved it. A proposal
-- that was not approved in time stays as a record.

create table proposals (
  id text primary key,
  kind text not null,
  payout_id text not null references payouts (id),
  finding text not null,
  evidence text not null,
  proposed_by text not null,
  proposed_key text not null,
  proposed_at timestamptz not null,
  expires_at timestamptz not null,
  approved_by text,
  approved_key text,
  approved_at timestamptz,
  constraint proposals_approved_whole
    check ((approved_by is null) = (approved_at is null)
      and (approved_key is null) = (approved_at is null)),
  -- The rule of two operators once more, whatever the service compares.
  constraint proposals_two_operators
    check (approved_by <> proposed_by and approved_key <> proposed_key)
);

create index proposals_open on proposals (expires_at) where approved_at is null;
