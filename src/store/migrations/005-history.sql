-- What the money rules need to hold outside of one undisturbed database: which installation and
-- which history this is, which gateway a payout belongs to, and what a start must not forget.

create table installation (
  id smallint primary key default 1,
  -- INSTALLATION_NAME of the first start; another value refuses the start. Null before it.
  name text,
  -- Whether new client_orderids are derived from the reference: from the moment on at which no
  -- replica of an older version is connected, and for good.
  derives_order_ids boolean not null default false,
  -- Whether the platform is notified: null until a start says so. Where notifications were written
  -- before this table, the platform was notified.
  notifies boolean,
  -- The number of the present history. A payout carries the one that it was created in.
  epoch integer not null default 1,
  -- Set while the epoch waits for a person to end it; payments are paused for as long.
  epoch_opened_at timestamptz,
  -- When it began, by this database's clock; stays when it is ended. Null: nothing was ever lost.
  epoch_started_at timestamptz,
  epoch_reason text,
  epoch_ended_by text,
  epoch_ended_at timestamptz,
  -- The fingerprint of the history: another one is another database, or a restored one.
  system_identifier text,
  database_oid text,
  payouts_oid text,
  timeline text,
  -- The oldest program that can work on this schema, by the number of its last migration.
  oldest_reader integer not null default 5,
  constraint installation_single check (id = 1)
);

insert into installation (notifies)
select case when exists (select 1 from notifications) then true end;

-- Where payouts were sent, and which gateway goes on with the orders of another one.
create table gateway_identities (
  -- Host and path, endpoint kind and number, login: "https://host/path endpoint/123 login".
  identity text primary key,
  endpoint text not null,
  first_seen timestamptz not null,
  -- The one that payouts from before this table belong to.
  is_legacy boolean not null default false
);

create table gateway_continuations (
  old_identity text primary key,
  new_identity text not null,
  declared_by text not null,
  declared_at timestamptz not null,
  -- The payout whose order was read under the new identity with equal id, amount and currency.
  proof_payout_id text not null references payouts (id)
);

-- Refusals of payout-check in a row, which a restart must not forget.
create table check_breakers (
  endpoint text not null,
  -- Of the settings that a refusal may come from; other ones count for themselves.
  settings_hash text not null,
  refusals integer not null,
  opened_at timestamptz,
  -- Probes planned since it opened, and when the last of these is due.
  probes integer not null default 0,
  probe_at timestamptz,
  primary key (endpoint, settings_hash)
);

-- Hints go before payout-checks now; see dueClass.
update payouts set due_class = 3 - due_class where due_class in (1, 2) and due_at is not null;

alter table payouts
  add column epoch integer not null default 1,
  -- Null: the payout's id, as for every payout from before this column.
  add column client_order_id text,
  -- Null: of the legacy identity, and not yet confirmed by a status reply.
  add column gateway_identity text,
  -- Null: as the currency table has it, for payouts from before this column.
  add column amount_decimals smallint,
  -- What the gateway shows, which may differ from what was asked for.
  add column gateway_amount text,
  add column gateway_currency text;

create unique index payouts_client_order on payouts (client_order_id);
create index payouts_gateway on payouts (gateway_identity) where finalized_at is null;

-- Contracts: unused since this very file, which puts a wider constraint in its place.
alter table notifications drop constraint notifications_state_known;
alter table notifications add constraint notifications_state_known
  check (state in ('pending', 'delivered', 'parked', 'skipped'));

-- Returns of the receiver's browser are signed like callbacks and told once, like them. What is not
-- signed (amount, currency, error_code, error_message) is no longer written.
alter table callbacks add column source text not null default 'callback';
alter table callbacks add constraint callbacks_source_known
  check (source in ('callback', 'return'));

-- A notification that nobody wanted when it was due has a record of that, without an attempt.
alter table notification_attempts drop constraint notification_attempts_outcome_known;
alter table notification_attempts add constraint notification_attempts_outcome_known
  check (outcome in ('delivered', 'refused', 'transient', 'unrecognised', 'skipped'));
