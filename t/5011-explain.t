#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter scan --explain, --near and --rule: why a mail has its score.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP qw(decode_json);
use Test::More;
use Ispfilter::Tools qw(folder program run spew top);

chdir top();
my $folder = folder();
spew("$folder/rules.cf", <<'END');
util_rb_tld example
header   __FROM_SHOP  From:addr =~ /\@shop\.example$/i
body     __OFFER      /\boffer\b/i
body     __NOW        /\bnow\b/
meta     __PUSHY      __OFFER && __NOW
meta     SHOP_OFFER   __FROM_SHOP && __PUSHY
describe SHOP_OFFER   A shop with an offer
lang de describe SHOP_OFFER Ein Angebot eines Ladens
score    SHOP_OFFER   2.5
uri      SHOP_LINK    m{^https?://shop\.example/}
score    SHOP_LINK    3
body     TWICE        /e/
tflags   TWICE        multiple maxhits=4
score    TWICE        0.1
body     __CHEAP      /cheap/
meta     CHEAP_OFFER  __OFFER && __CHEAP
score    CHEAP_OFFER  4
meta     CHEAP_TINY   __OFFER && __CHEAP
score    CHEAP_TINY   0.2
meta     ANY_LIST     __CHEAP || NEVER
score    ANY_LIST     4
body     NEVER        /never said/
score    NEVER        0
meta     HELD_BACK    __OFFER && !__FROM_SHOP
score    HELD_BACK    -1
meta     WOULD        __OFFER && NEVER
score    WOULD        1.5
header   IN_SUBJECT   Subject =~ /offer/i
score    IN_SUBJECT   0.25
END
spew("$folder/mail", <<'END');
From: Shop <news@shop.example>
Subject: An offer for you
Content-Type: text/plain

Buy it now at https://shop.example/x

The offer ends.
END

sub scan
{
	my ($status, $output) = run(program(), 'scan', '-L', '-o', 'stages=spam',
		'-C', "$folder/rules.cf", @_, "$folder/mail");
	diag($output) if $status;
	return $output;
}

# The lines from the one that begins a rule to the next rule.
sub about
{
	my ($output, $rule) = @_;
	my ($text) = $output =~
	    /^( +-?\d+\.\d{3}  $rule\b.*\n(?: {12}.*\n)*)/m;
	return $text // "nothing about $rule in\n$output";
}

my $output = scan('--explain');
is(about($output, 'SHOP_OFFER'), <<'END', 'a meta is told with its parts');
     2.500  SHOP_OFFER                    A shop with an offer
            meta: __FROM_SHOP && __PUSHY
              __FROM_SHOP  header From: "@shop.example"
              __PUSHY  meta: __OFFER && __NOW
                __OFFER  body Subject: "offer"
                __NOW  body paragraph 1: "now"
END
is(about($output, 'SHOP_LINK'), <<'END', 'a URI rule with the URI');
     3.000  SHOP_LINK
            URI 1: "https://shop.example/"
END
is(about($output, 'IN_SUBJECT'), <<'END', 'a header rule with the header');
     0.250  IN_SUBJECT
            header Subject: "offer"
END
like(about($output, 'TWICE'), qr/"e" \(4 times\)$/m,
	'a rule that counts with its count');
is(join(' ', $output =~ /^ +-?\d+\.\d{3}  (\w+)/mg),
	'SHOP_LINK SHOP_OFFER TWICE IN_SUBJECT',
	'what counts most stands first');
like($output, qr/^  sub-rules that hit:\n    __FROM_SHOP __NOW/m,
	'and then the sub-rules');
unlike($output, qr/near miss/, 'near misses are not told unasked');
like(scan('-e', '-o', 'rules_language=de'), qr/Ein Angebot eines Ladens/,
	'the description comes in the language of the settings');

$output = scan('--near');
is(about($output, 'CHEAP_OFFER'), <<'END', 'a near miss says what it lacked');
     4.000  CHEAP_OFFER
            lacked __CHEAP
END
like(about($output, 'HELD_BACK'), qr/lacked that there is no __FROM_SHOP$/m,
	'or what there should not have been');
like(about($output, 'WOULD'), qr/lacked NEVER \(does not run: score 0\)$/m,
	'or that a rule does not run');
unlike($output, qr/ANY_LIST/, 'a list of which nothing hit is no near miss');
unlike($output, qr/CHEAP_TINY/, 'nor is what hardly counts');
like($output, qr/TWICE/, 'and the hits are told as well');

is(scan('--rule', 'IN_SUBJECT') =~ s/\A(?:.*\n){2}//r, <<"END",
  IN_SUBJECT, header, $folder/rules.cf:28
  header IN_SUBJECT Subject =~ /offer/i
  score 0.250
  header: matches "offer" at 3 in "An offer for you\\x0A"
  held against 1 text: hits, value 1
END
	'a rule can be followed');
like(scan('--rule', '__CHEAP'), qr/^  body paragraph 2: no match in "The .*
  held against 3 texts: does not hit$/m, 'one that does not hit');
like(scan('--rule', 'NEVER'), qr/^  does not run: score 0$/m,
	'one that does not run');
like(scan('--rule', 'SHOP_OFFER'), qr/^  meta SHOP_OFFER __FROM_SHOP .*
  describe A shop with an offer
  score 2\.500
  __FROM_SHOP: 1
  __PUSHY: 1
  .*: 1
  hits, value 1$/m, 'a meta, with the value of each part');
my ($status, $error) = run(program(), 'scan', '-L', '-o', 'stages=spam', '-C',
	"$folder/rules.cf", '--rule', 'SHOP_OFER', "$folder/mail");
is($status, 78, 'a rule that is not there is an error');
like($error, qr/there is no rule SHOP_OFER/, 'that names it');

my $json = decode_json(scan('--near', '-f', 'json', '--rule', '__NOW'));
my ($link) = grep { $_->{name} eq 'SHOP_LINK' } @{ $json->{tests} };
is($link->{matched}, 'https://shop.example/', 'JSON: what matched');
is($link->{place}, 'URI 1', 'JSON: where');
is($json->{near}[0]{name}, 'CHEAP_OFFER', 'JSON: near misses');
is($json->{near}[0]{lacked}, '__CHEAP', 'JSON: what they lacked');
like($json->{trace}, qr/^__NOW, body, /, 'JSON: the rule that is followed');

spew("$folder/report.cf", <<'END');
report Points: _SCORE_ of _REQD_
report Begins: _PREVIEW_
report _SUMMARY_
END
spew("$folder/escapes", <<"END");
From: Shop <news\@shop.example>
Subject: An offer for you
Content-Type: text/plain; charset=utf-8

An \xc3\xb6ffer \x1b]0;title\x07 and \xc2\x9b31m more
END
($status, my $report) = run(program(), 'scan', '-L', '-o', 'stages=spam',
	'-C', "$folder/rules.cf", '-C', "$folder/report.cf", '-f', 'report',
	"$folder/escapes");
is $status, 0, '--format report';
like $report, qr/^Points: 0\.\d of 5\.0\n/, 'what the first line says';
like $report, qr/^Begins: +An \xc3\xb6ffer \?\]0;title\? and \?31m more *$/m,
    'nothing of a mail controls the terminal';
like $report, qr/^ *0\.[23] IN_SUBJECT\b/m, 'and the rules';

done_testing;
