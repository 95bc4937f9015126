-- SPDX-License-Identifier: GPL-2.0-or-later
-- Today's ISPmail schema for SQLite: whole addresses in the columns email and
-- source, and a quota (bytes; 0: none).
--
--	sqlite3 mailserver.db < sqlite-ispmail.sql
--
-- Example rows stand at the end; their users have no password that fits.

CREATE TABLE virtual_domains (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL COLLATE NOCASE UNIQUE
);

CREATE TABLE virtual_users (
	id INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES virtual_domains (id)
		ON DELETE CASCADE,
	email TEXT NOT NULL COLLATE NOCASE UNIQUE,
	password TEXT NOT NULL,
	quota INTEGER NOT NULL DEFAULT 0
);

-- source '@example.org' is the catch-all of the domain. Several rows with one
-- source add up.
CREATE TABLE virtual_aliases (
	id INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES virtual_domains (id)
		ON DELETE CASCADE,
	source TEXT NOT NULL COLLATE NOCASE,
	destination TEXT NOT NULL
);
CREATE INDEX alias_source ON virtual_aliases (source);

-- Example rows.
INSERT INTO virtual_domains (id, name) VALUES
	(1, 'example.org'),
	(2, 'example.net');
INSERT INTO virtual_users (id, domain_id, email, password, quota) VALUES
	(1, 1, 'john@example.org', '*', 0),
	(2, 1, 'steve@example.org', '*', 1073741824),
	(3, 2, 'kerstin@example.net', '*', 0);
INSERT INTO virtual_aliases (id, domain_id, source, destination) VALUES
	(1, 1, 'info@example.org', 'john@example.org'),
	(2, 1, 'info@example.org', 'steve@example.org'),
	(3, 1, 'friend@example.org', 'someone@example.com'),
	(4, 2, '@example.net', 'kerstin@example.net');
