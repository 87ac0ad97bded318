-- The MACs of payouts under ROW_KEY, by which a row that was changed outside of the service is
-- noticed and not paid.

alter table payouts
  -- Over what is written once: amount, currency, release, receiver and the like.
  add column row_mac text,
  -- Over what releases or stops the payment, and over the gateway's order.
  add column authorization_mac text,
  add column order_mac text;

-- The keys of ROW_KEY that have made MACs here, so that a start can name one that is missing or
-- whose bytes have changed.
create table row_keys (
  id text primary key,
  -- The MAC of the key's own id.
  proof text not null
);

-- Since when every open payout has its MACs, and who declared it. From then on a payout without
-- them is not paid. Null: payouts without MACs are accepted.
alter table installation
  add column rows_signed_at timestamptz,
  add column rows_signed_by text;
