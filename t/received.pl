#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads t/received.cases and writes it anew with what SpamAssassin 4.0.1 makes of
# each Received field: `t/received.pl < t/received.cases | diff t/received.cases -`
use strict;
use warnings;
use Mail::SpamAssassin;
use Mail::SpamAssassin::Message;
use Mail::SpamAssassin::Message::Metadata::Received;

my $state = bless { allow_mailfetch_markers => 1 },
	'Mail::SpamAssassin::Message::Metadata';
while (my $line = <STDIN>) {
	next if $line =~ /^=/;
	print $line;
	next unless $line =~ /^R (.*)/s;
	delete $state->{qmail_scanner_env_from};
	$state->{relays_trusted} = 'untouched';
	my $relay = $state->parse_received_line($1);
	if (ref $state->{relays_trusted}) {
		print "= fetched\n";
	} elsif (defined $state->{qmail_scanner_env_from}) {
		print "= scanner $state->{qmail_scanner_env_from}\n";
	} elsif (!$relay) {
		print defined $relay ? "= skipped\n" : "= unparseable\n";
	} else {
		print "= $relay->{as_string}",
			$relay->{no_reverse_dns} ? ' no-rdns' : '',
			defined $relay->{envfrom} ? '' : ' no-envfrom',
			$relay->{ip_private} ? ' private' : '', "\n";
	}
}
