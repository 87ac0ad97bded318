-- Why payments were paused or resumed, in the words of the person who did.
alter table pause add column reason text;

-- Verified callbacks for orders that are not ours are few, and looked for.
create index callbacks_stray on callbacks (id) where payout_id is null;
