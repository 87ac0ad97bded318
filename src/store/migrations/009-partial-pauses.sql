-- Pauses of a part of all payments, next to the switch that stops all of them: one endpoint, one
-- currency, or the payouts that one API key has created.

create table pauses (
  scope text not null,
  value text not null,
  -- False for one that has ended. Its row is used again for the next pause.
  paused boolean not null,
  by text not null,
  -- The API key, or the command line, with which it was paused or resumed.
  key text not null,
  since timestamptz not null,
  reason text,
  primary key (scope, value),
  constraint pauses_scope_known check (scope in ('endpoint', 'currency', 'api_key'))
);
