DROP TABLE pay_points, payout_accounts;
DROP FUNCTION check_payout_account_change();
