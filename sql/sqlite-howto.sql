-- SPDX-License-Identifier: GPL-2.0-or-later
-- The ISPmail how-to's schema for SQLite, with the indexes that make one
-- recipient cost one row whatever the number of users.
--
--	sqlite3 mailserver.db < sqlite-howto.sql
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
	user TEXT NOT NULL COLLATE NOCASE,
	password TEXT NOT NULL,
	UNIQUE (domain_id, user)
);

-- source is the part before the @; '' is the catch-all of the domain. Several
-- rows with one source add up.
CREATE TABLE virtual_aliases (
	id INTEGER PRIMARY KEY,
	domain_id INTEGER NOT NULL REFERENCES virtual_domains (id)
		ON DELETE CASCADE,
	source TEXT NOT NULL COLLATE NOCASE,
	destination TEXT NOT NULL
);
CREATE INDEX domain_source ON virtual_aliases (domain_id, source);

-- The how-to's views, for those who use them. A query for one email reads all
-- rows of them: no index helps against ||.
CREATE VIEW view_users AS
	SELECT (virtual_users.user || '@' || virtual_domains.name)
			COLLATE NOCASE AS email,
		virtual_users.password
	FROM virtual_users
	LEFT JOIN virtual_domains
		ON virtual_users.domain_id = virtual_domains.id;

CREATE VIEW view_aliases AS
	SELECT (virtual_aliases.source || '@' || virtual_domains.name)
			COLLATE NOCASE AS email,
		virtual_aliases.destination
	FROM virtual_aliases
	LEFT JOIN virtual_domains
		ON virtual_aliases.domain_id = virtual_domains.id;

-- Example rows.
INSERT INTO virtual_domains (id, name) VALUES
	(1, 'example.org'),
	(2, 'example.net');
INSERT INTO virtual_users (id, domain_id, user, password) VALUES
	(1, 1, 'john', '*'),
	(2, 1, 'steve', '*'),
	(3, 2, 'kerstin', '*');
INSERT INTO virtual_aliases (id, domain_id, source, destination) VALUES
	(1, 1, 'info', 'john@example.org'),
	(2, 1, 'info', 'steve@example.org'),
	(3, 1, 'friend', 'someone@example.com'),
	(4, 2, '', 'kerstin@example.net');
