-- Outside of a transaction: what lists filter by, and the ids of the gateway that a search looks for.

-- One status, newest first. A final status had no index, and was read to the end of all payouts.
create index concurrently payouts_listed on payouts (status, created_at, id);

-- No search is longer than 128 characters, and an index entry over 2704 bytes would fail the save.
create index concurrently payouts_order on payouts (order_id) where length(order_id) <= 128;

create index concurrently payouts_processor_tx on payouts (processor_tx_id)
  where length(processor_tx_id) <= 128;

create index concurrently payout_events_serial on payout_events ((data->'call'->>'serial_number'))
  where length(data->'call'->>'serial_number') <= 128;
