-- SPDX-License-Identifier: GPL-2.0-or-later
-- Today's ISPmail schema for MariaDB and MySQL: whole addresses in the columns
-- email and source, and a quota (bytes; 0: none).
--
--	mariadb mailserver < mariadb-ispmail.sql
--
-- Example rows stand at the end; their users have no password that fits. Those
-- who have these tables already: the index on source is what they may lack.

CREATE TABLE virtual_domains (
	id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	name VARCHAR(255) NOT NULL,
	UNIQUE KEY name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE virtual_users (
	id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	domain_id INT NOT NULL,
	email VARCHAR(320) NOT NULL,
	password VARCHAR(255) NOT NULL,
	quota BIGINT NOT NULL DEFAULT 0,
	UNIQUE KEY email (email),
	FOREIGN KEY (domain_id) REFERENCES virtual_domains (id)
		ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- source '@example.org' is the catch-all of the domain. Several rows with one
-- source add up.
CREATE TABLE virtual_aliases (
	id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	domain_id INT NOT NULL,
	source VARCHAR(320) NOT NULL,
	destination VARCHAR(320) NOT NULL,
	KEY source (source),
	FOREIGN KEY (domain_id) REFERENCES virtual_domains (id)
		ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

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
