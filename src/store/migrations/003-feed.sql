-- The public feed of events: what a journal entry adds to it, and the numbers by which it is read.

-- The types of an entry's feed events, in order; null where nobody outside can see anything of it.
alter table payout_events add column feed text[];

-- The number of the last of them. Given after the commit, under the lock of feed_head, so that a
-- reader who has seen a number never meets a lower one later. Null until then.
alter table payout_events add column seq bigint;

update payout_events set feed = array['payout.created'] where kind = 'created';

create index payout_events_unnumbered on payout_events (id) where feed is not null and seq is null;
create unique index payout_events_seq on payout_events (seq) where seq is not null;

create table feed_head (
  id smallint primary key default 1,
  -- The last number that was given.
  seq bigint not null,
  constraint feed_head_single check (id = 1)
);

insert into feed_head (seq) values (0);
