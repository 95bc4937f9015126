#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing that a client says becomes part of anything but text: hostile
# addresses, HELOs, names, subjects and file names against the text of SQL (in
# the server's own general log), the lines of our log, header fields, replies
# and the paths of delivery. MAILS=10000 for the long form; SEED repeats one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Daemon;
use Ispfilter::Deliver;
use Ispfilter::Mail qw(eicar eicar_signature);
use Ispfilter::MariaDB;
use Ispfilter::Milter;
use Ispfilter::Tables qw(map_files);
use Ispfilter::Tools qw(folder program rules run slurp spew top);

my $cannot = Ispfilter::MariaDB->cannot;
plan skip_all => $cannot if $cannot;
my $mails = $ENV{MAILS} // 300;
my $seed = $ENV{SEED} // int rand 2**31;

my $folder = folder('injection');
mkdir "$folder/db";
my $mariadb = Ispfilter::MariaDB->new(folder => "$folder/db", options => [
	'--general-log=1', "--general-log-file=$folder/db/general.log"])->start;
$mariadb->load('mailserver', top() . '/sql/mariadb-howto.sql');
$mariadb->sql(<<'SQL');
CREATE USER 'mailserver'@'127.0.0.1' IDENTIFIED BY 'secret';
GRANT SELECT, SHOW VIEW ON mailserver.* TO 'mailserver'@'127.0.0.1';
SQL
spew("$folder/eicar.ndb", eicar_signature());
my $path = "$folder/run/s.sock";
my %maps = map_files("$folder/maps", 'mariadb-howto', password => 'secret',
	hosts => 'inet:127.0.0.1:' . $mariadb->port);
rules($folder);
chown +(getpwnam 'nobody')[2], -1, glob "$folder/maps/*";
my $daemon = Ispfilter::Daemon->new(folder => $folder, conf => {
	listen => "unix:$path", user => 'nobody', group => 'postfix',
	log => 'stderr', socket_group => '', inspectors => 2,
	rules => "$folder/rules", virus_database => "$folder/eicar.ndb",
	scratch_directory => "$folder/scratch", subject_tag => '[SPAM]',
	recipient_cache_time => '0s', %maps })->start;

# --- what is said ---
my $touched = "$folder/touched";
my @pieces = (q('), q("), q(\\), q(\\'), q(`), q(;), q(--), q(/*), q(#),
	q(' OR '1'='1), q(' UNION SELECT password FROM virtual_users -- ),
	q('; DROP TABLE virtual_users; -- ), q(\\' OR 1=1 -- ), '%', '%s', '%n',
	'%u', '%d', '%%', '_', '${x}', '$(touch ' . $touched . ')',
	"`touch $touched`", "|touch $touched", '../', '/', '..', '.', '~',
	"\xbf'", "\xbf\\'", "\xe5\\'", "\xff", "\xc0\xa7", "\xe2\x80\xae",
	"\xc2\xa0", "\e[31m", "\a", "\b", "\t", "\n", "\r\n", "\r", "\x7f",
	"\r\nX-Injected: yes\r\n", "\nQ9: action=accept ", 'action=accept ',
	'"quoted local"', '<', '>', ',', ':', '(', ')', '[', ']', '@', '@@',
	'john', 'info', 'a' x 70, 'a' x 300, '=?utf-8?Q?=0AX-Injected:_yes?=',
	'=?utf-8?B?J09SJw==?=', '{', '}', 'null', "\\0", "\x1a", '&', '<b>');

sub hostile { return join '', map { $pieces[rand @pieces] } 1 .. 1 + rand 5 }

sub said
{
	my ($milter, $number) = @_;
	my $from = hostile() . '@' . (rand() < 0.5 ? 'client.example'
		: hostile());
	my $to = hostile() . (rand() < 0.2 ? '' : rand() < 0.7
		? '@example.net' : '@example.org');
	my @header = ([From => ' "' . hostile() . "\" <$from>"],
		[Subject => ' ' . hostile()], [hostile() =~
			tr/A-Za-z//cdr || 'X', hostile()],
		['Message-ID' => ' <' . hostile() . '>'],
		['Content-Type' => ' application/octet-stream; name="'
			. hostile() . '"']);
	tr/\0\r//d for map { $_->[1] } @header;
	# Postfix hands over no line end that does not fold.
	$_->[1] =~ s/\n(?![ \t])/\n /g for @header;
	my $answer = $milter->mail_one(sender => $from =~ tr/\0//dr,
		rcpt => [$to =~ tr/\0//dr, 'info@example.net'],
		queue_id => "M$number", header => \@header,
		body => [rand() < 0.3 ? eicar() : hostile()]);
	return $answer;
}

# The texts of all queries so far, what stands in quotes left out.
sub skeletons
{
	my %texts;
	for my $entry (split /\n(?=(?:\d{6}[ \d:]+)?\t+ *\d+ )/,
		slurp("$folder/db/general.log") // '') {
		next unless $entry =~ /^[^\t]*\t+ *\d+ (?:Query|Execute)\t(.*)/s;
		my $text = $1;
		next unless $text =~ /^SELECT .*virtual_/ && $text !~ /COUNT/;
		$text =~ s/'(?:[^'\\]|\\.|'')*'/?/gs;
		# Which of them are asked in one statement depends on what
		# others needed.
		$text =~ s/\ASELECT \((SELECT .*)\)\s*\z/$1/s;
		$text =~ s/\s+\z//;
		$texts{$_}++ for split /\), \((?=SELECT )/, $text;
	}
	return \%texts;
}

# --- first what is honest, then the rest ---
my $milter = Ispfilter::Milter->new(path => $path);
$milter->connect;
my @honest = ('john@example.org', 'info@example.org', 'whoever@example.net',
	'nobody@example.org', 'x@elsewhere.example', 'friend@example.org',
	'john', 'a+b@example.org');
$milter->mail_one(rcpt => [$_], queue_id => 'HONEST') for @honest;
$milter->quit;
# Each query by itself as well.
run(program(), 'recipient', '-c', $daemon->conf_file, @honest);
my $known = skeletons();
cmp_ok(scalar keys %$known, '>', 2, 'the server logs our queries');
my $before = $mariadb->sql('SELECT COUNT(*) FROM mailserver.virtual_users');

srand $seed;
my (%replies, @wrong);
for my $number (1 .. $mails) {
	my $client = Ispfilter::Milter->new(path => $path);
	$client->connect(name => hostile() =~ tr/\0//dr,
		helo => hostile() =~ tr/\0//dr,
		macros => { '{client_ptr}' => hostile() =~ tr/\0//dr,
			'{auth_authen}' => rand() < 0.1
			    ? hostile() =~ tr/\0//dr : '' });
	my $answer = said($client, $number);
	my $reply = $answer->{reply};
	$replies{substr $reply, 0, 3}++;
	push @wrong, "reply: $reply" if $reply =~ /[^\x20-\x7e]/
	    || $reply eq 'eof';
	for my $edit (@{ $answer->{edits} // [] }) {
		my ($kind, $index, $name, $value) = @$edit;
		next unless $kind =~ /[im]/;
		push @wrong, "field: $name" unless $name =~ /^[!-9;-~]+$/;
		# A Subject that is tagged keeps the sender's own text.
		push @wrong, "value: $value" if $value =~ /\n(?![ \t])/
		    || $value =~ /^X-Injected/mi
		    || ($name ne 'Subject' && $value =~ /[^\x20-\x7e\t\n]/);
	}
	$client->quit;
}
note("SEED=$seed: $mails mails, ", join ', ', map { "$_: $replies{$_}" }
	sort keys %replies);
is_deeply(\@wrong, [], "$mails hostile mails: replies and fields are clean");
my $seen = skeletons();
is_deeply([grep { !$known->{$_} } sort keys %$seen], [],
	'no query has another text than those for honest addresses');
is($mariadb->sql('SELECT COUNT(*) FROM mailserver.virtual_users'), $before,
	'the tables are what they were');

is($daemon->stop, 0, 'the daemon ends well');
my @lines = split /\n/, $daemon->log;
is_deeply([grep { /[^\x20-\x7e]/ || !/^ispfilter\[\d+\]: /
	|| /^ispfilter\[\d+\]: (?:X-Injected|Q9: )/ } @lines], [],
	'each line of the log is ours and printable');
my %ids;
/^ispfilter\[\d+\]: (M\d+): action=\S+ by=(?!recipients)/ && $ids{$1}++
    for @lines;
is_deeply([grep { $ids{$_} > 1 } keys %ids], [], 'no mail has two lines');
# Without what stands in quotes, words are ours: each key once.
my @forged;
for my $line (grep { /^ispfilter\[\d+\]: M\d+: action=/ } @lines) {
	my %keys;
	(my $bare = $line) =~ s/="(?:[^"\\]|\\.)*"/=/g;
	$keys{$_}++ for $bare =~ / ([\w-]+)=/g;
	push @forged, $line if grep { $keys{$_} > 1 && !/^(?:attachment|note)\z/ }
	    keys %keys;
}
is_deeply(\@forged, [], 'and no key twice');

# --- delivery ---
my $lda = Ispfilter::Deliver->new("$folder/lda" x !!mkdir "$folder/lda");
my $outside = sub { join "\n", grep { !m{/lda/(?:mail/|log$|mail$)} }
	grep { !m{/lda$} } split /\n/, (run('find', "$folder/lda", '/etc/passwd', '-newer',
		"$folder/stamp"))[1] };
spew("$folder/stamp", '');
my (%statuses, @strange);
for my $number (1 .. $mails / 10) {
	my ($to, $from, $id, $extension) = map { hostile() =~ tr/\0//dr }
	    1 .. 4;
	$to .= '@example.org' if rand() < 0.7;
	my ($status, $output) = $lda->deliver($lda->mail, '-d', $to, '-f',
		$from, '-q', $id, '-a', $extension);
	$statuses{$status}++;
	push @strange, "$status: $output" unless $status =~ /^(?:0|64|67|75|77)$/
	    && $output !~ /[^\x20-\x7e\n]/;
}
note('delivery: ', join ', ', map { "$_: $statuses{$_}" } sort keys %statuses);
is_deeply(\@strange, [], 'delivery ends with a status and clean words');
is($outside->(), '', 'no path outside of the mail folder');
local $ENV{LC_ALL} = 'C';
my ($status, $found) = run('find', "$folder/lda/mail", '-type', 'f', '!',
	'-regex', '.*/Maildir/\(new\|cur\|tmp\|maildirsize\|[^/]*/new\).*');
is_deeply([grep { !m{/(?:subscriptions|dovecot[^/]*)$} } split /\n/, $found],
	[], 'each mail is in a Maildir');
is_deeply([grep { /[^\x20-\x7e]/ } split /\n/, $lda->log], [],
	'its log is printable');
ok(!-e $touched, 'no command was run');
done_testing;
