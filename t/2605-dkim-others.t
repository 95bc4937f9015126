#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Mail::DKIM, which SpamAssassin uses, over the mails of t/dkim and the same
# keys: it must come to what their names say, and so do we (t/2600-dkim.c).
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(slurp top);

eval { require Mail::DKIM::Verifier; require Mail::DKIM::ARC::Verifier;
	require Net::DNS; 1 }
    or plan skip_all => 'Mail::DKIM is not installed';

my %keys = slurp(top() . '/t/dkim/keys.zone') =~ /^(\S+) TXT (.*)$/mg;
{
	no warnings qw(redefine once);
	*Mail::DKIM::DNS::query = sub {
		my ($name, $type) = @_;
		my $text = $keys{ lc $name };
		die "DNS error: SERVFAIL\n" if defined $text && $text =~ /^!/;
		$@ = defined $text ? 'NOERROR' : 'NXDOMAIN';
		return unless defined $text;
		return Net::DNS::RR->new(name => $name, type => 'TXT',
			txtdata => [$text =~ /(.{1,250})/g]);
	};
}

# Where it differs, and why we do.
my %differs = (
	'policy-small' => 'it takes keys of any size',
	'pass-bare-key' => 'it reads no RSAPublicKey without its frame',
	eval { require Crypt::PK::Ed25519 } ? ()
	    : ('pass-ed25519' => 'its library for Ed25519 is not installed'),
	'permerror-strict' => 'it hands the key out before it looks at t=s',
);

for my $file (sort glob top() . '/t/dkim/*.eml') {
	my ($name, $wanted) = $file =~ m{(((?:arc-)?[a-z]+)[^/]*)\.eml$};
	my $arc = $wanted =~ s/^arc-//;
	my $verifier = ($arc ? 'Mail::DKIM::ARC::Verifier'
	    : 'Mail::DKIM::Verifier')->new;
	$verifier->PRINT(slurp($file));
	$verifier->CLOSE;
	my $result = $verifier->result;
	next if $differs{$name} && pass("$name: $differs{$name} ($result)");
	if ($wanted eq 'pass' || $wanted eq 'none') {
		is($result, $wanted, $name) or diag($verifier->result_detail);
	} else {
		isnt($result, 'pass', "$name: $result");
	}
}
done_testing;
