-- SPDX-License-Identifier: GPL-2.0-or-later
-- Another's client of the milter protocol: what ours and Postfix's might both
-- get wrong shows here. Run by 6050-miltertest.t, which sets `socket`.

local function expect(what, got, wanted)
	if got ~= wanted then
		error(what .. ": " .. tostring(got) .. ", not " ..
			tostring(wanted))
	end
	mt.echo("passed " .. what)
end

local function body()
	local conn = mt.connect("local:" .. socket)
	if conn == nil then error("no connection") end
	expect("negotiate", mt.negotiate(conn, 6, nil, nil), nil)
	expect("no end of header",
		mt.test_option(conn, SMFIP_NOEOH), true)
	mt.macro(conn, SMFIC_CONNECT, "j", "mx.example.org",
		"{daemon_name}", "smtpd")
	expect("connect", mt.conninfo(conn, "client.example.net",
		"192.0.2.7"), nil)
	expect("helo", mt.helo(conn, "client.example.net"), nil)
	for i = 1, 2 do
		mt.macro(conn, SMFIC_MAIL, "i", "LUA" .. i)
		expect("mail", mt.mailfrom(conn, "<a@example.net>",
			"SIZE=100"), nil)
		expect("mail reply", mt.getreply(conn), SMFIR_CONTINUE)
		mt.macro(conn, SMFIC_RCPT, "i", "LUA" .. i)
		expect("rcpt", mt.rcptto(conn, "<b@example.org>"), nil)
		expect("rcpt reply", mt.getreply(conn), SMFIR_CONTINUE)
		expect("from", mt.header(conn, "From", " a@example.net"), nil)
		expect("forged", mt.header(conn, "X-Spam-Flag", " YES"), nil)
		expect("forged", mt.header(conn, "X-Spam-Flag", " YES"), nil)
		expect("subject", mt.header(conn, "Subject", " hi"), nil)
		expect("body", mt.bodystring(conn, "text\r\n"), nil)
		expect("end", mt.eom(conn), nil)
		expect("end reply", mt.getreply(conn), SMFIR_CONTINUE)
		expect("forged one deleted", mt.eom_check(conn, MT_HDRDELETE,
			"X-Spam-Flag"), true)
		expect("own one kept", mt.eom_check(conn, MT_HDRDELETE,
			"Subject"), false)
	end
	mt.mailfrom(conn, "<a@example.net>")
	mt.rcptto(conn, "<b@example.org>")
	expect("abort", mt.abort(conn), nil)
	mt.disconnect(conn, false)
end

local ok, message = pcall(body)
if not ok then
	mt.echo("failed " .. tostring(message))
end
