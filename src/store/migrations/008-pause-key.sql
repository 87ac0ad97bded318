-- The API key, or the command line, with which payments were paused or resumed, and the switch that
-- it belongs to: a replica of the version before writes `since` without them.
alter table pause add column key text, add column key_since timestamptz;
