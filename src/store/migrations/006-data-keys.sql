-- Which keys of DATA_KEYS have sealed receivers here, so that a start can name one that is missing
-- or whose bytes have changed.

create table data_keys (
  id text primary key,
  -- A payout whose receiver was sealed with it. Null where this service recorded the key itself.
  payout_id text,
  -- A text that was sealed with it: opening it proves the bytes of the key. Null until a start had
  -- the key of a receiver from before this table.
  proof bytea
);

insert into data_keys (id, payout_id)
select distinct on (split_part(fingerprint, ':', 1)) split_part(fingerprint, ':', 1), id
from payouts
order by split_part(fingerprint, ':', 1), created_at desc;
