DROP FUNCTION account_sums_at(uuid, timestamptz);
DROP FUNCTION fund_account(uuid);
DROP TABLE ledger_transfers, ledger_accounts, ledger_paths;
DROP FUNCTION post_transfers();
DROP FUNCTION refuse_unposted_change();
