-- Agencies are known to all; logins and clients only to the administrator and to the service, which checks passwords
-- and makes the first administrator (`sejahtera migrate --first-admin`).

ALTER TABLE agencies ENABLE ROW LEVEL SECURITY;
CREATE POLICY agencies_seen ON agencies FOR SELECT USING ((SELECT lane_is_set()));
CREATE POLICY agencies_made ON agencies FOR INSERT WITH CHECK ((SELECT lane_role()) IN ('system_admin', 'service'));
CREATE POLICY agencies_changed ON agencies FOR UPDATE USING ((SELECT lane_role()) = 'system_admin');

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY users_seen ON users FOR SELECT USING ((SELECT lane_role()) IN ('system_admin', 'service'));
CREATE POLICY users_made ON users FOR INSERT WITH CHECK ((SELECT lane_role()) = 'system_admin' OR ((SELECT lane_role()) = 'service' AND role = 'system_admin'));
CREATE POLICY users_changed ON users FOR UPDATE USING ((SELECT lane_role()) = 'system_admin');

ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
CREATE POLICY clients_seen ON clients FOR SELECT USING ((SELECT lane_role()) IN ('system_admin', 'service'));
CREATE POLICY clients_made ON clients FOR INSERT WITH CHECK ((SELECT lane_role()) = 'system_admin');
CREATE POLICY clients_changed ON clients FOR UPDATE USING ((SELECT lane_role()) = 'system_admin');
