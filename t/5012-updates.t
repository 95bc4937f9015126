#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Rules that sa-update has brought stand in for SpamAssassin's stock folder.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Mail qw(clean_mail);
use Ispfilter::Tools qw(folder program run spew top);

chdir top();
plan skip_all => 'the rules of SpamAssassin are not installed' unless -r '/usr/share/spamassassin/10_default_prefs.cf';
my $folder = folder();
my $mail = spew("$folder/mail", clean_mail());
mkdir "$folder/updates";

sub scan {
	return (run(program(), 'scan', '-L', '-C', @_, '-o', 'stages=spam', '-o', "rules_updates=$folder/updates", '-f', 'json',
		$mail))[1];
}

like(scan('/usr/share/spamassassin'), qr/"__HAS_SUBJECT"/, 'without updates: the stock rules');
# As sa-update lays it out: a file a channel, which includes the channel's folder.
spew("$folder/updates/channel_example.cf", "include channel_example/10_rules.cf\n");
spew("$folder/updates/channel_example/10_rules.cf", "header UPDATED_RULE exists:Subject\nscore UPDATED_RULE 1.5\n");
my $found = scan('/usr/share/spamassassin');
like($found, qr/"UPDATED_RULE"/, 'with updates: theirs');
unlike($found, qr/"__HAS_SUBJECT"/, 'and not the stock rules');
like(scan('/usr/share/spamassassin/'), qr/"UPDATED_RULE"/, 'however the folder is written');
unlike(scan('rules'), qr/"UPDATED_RULE"/, 'other folders stay what they are');
done_testing;
