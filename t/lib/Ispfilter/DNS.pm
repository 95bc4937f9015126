# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::DNS;

# A DNS of a test's own on loopback: NSD with the zones that the test gives, and
# in front of it a small server that can misbehave, name by name.
#
#	my $dns = Ispfilter::DNS->new(folder => $folder, zones => { '.' => <<'END' });
#	a.test. A 192.0.2.1
#	a.test. TXT "v=spf1 a -all"
#	END
#	$dns->start;
#	... conf => { $dns->conf, ... }		# dns_resolver = 127.0.0.1@port
#	$dns->mood('slow.test' => 'silent');	# from now on; it and all below
#	$dns->asked;				# "a.test TXT" ... since the last call
#
# A zone gets SOA and NS by itself; what is not in the root zone is NXDOMAIN, so
# that nothing is ever asked elsewhere. signed => 1 signs the root zone;
# $dns->anchor is then the file with its key.
#
# Moods: servfail refused nxdomain nodata silent garbage late (3 s)
# truncated (UDP: TC; TCP works), truncated-only (no TCP either), short (half of
# the answer), wrong-id, loop (a CNAME to itself). '' ends one; '.' means all.

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Ispfilter::Tools qw(folder free_port run slurp spew start_process
    stop_process top wait_until);

my $here = __FILE__;

sub new
{
	my ($class, %with) = @_;
	my $self = bless { zones => {}, moods => {}, %with }, $class;
	$self->{folder} //= folder('dns');
	$self->{folder} .= '/dns';
	mkdir $self->{folder};
	$self->{port} = free_port();
	$self->{inner} = free_port();
	return $self;
}

sub resolver { return "127.0.0.1\@$_[0]{port}" }
sub conf { return (dns => 'yes', dns_resolver => $_[0]->resolver) }
# The same for the command line.
sub options
{
	my ($self) = @_;
	return ('-o', 'dns=yes', '-o', 'dns_resolver=' . $self->resolver);
}
sub anchor { return "$_[0]{folder}/anchor.key" }

sub _zone_file
{
	my ($self, $name) = @_;
	my $file = $name eq '.' ? 'root' : $name;
	return "$self->{folder}/$file.zone";
}

sub _write_zone
{
	my ($self, $name) = @_;
	my $serial = ++$self->{serial};
	my $text = $self->{zones}{$name};
	my $origin = $name eq '.' ? '.' : "$name.";
	my $head = "\$ORIGIN $origin\n\$TTL 60\n";
	$head .= "@ SOA ns.test. admin.test. $serial 3600 600 86400 5\n"
	    unless $text =~ /\sSOA\s/;
	$head .= "@ NS ns.test.\n" unless $text =~ /^@\s.*\bNS\s/m;
	$head .= "ns.test. A 127.0.0.1\n"
	    if $name eq '.' && $text !~ /^ns\.test\.\s/m;
	spew($self->_zone_file($name), $head . $text);
	$self->_sign if $name eq '.' && $self->{signed};
}

sub _sign
{
	my ($self) = @_;
	my $folder = $self->{folder};
	if (!$self->{key}) {
		my ($status, $output) = run('sh', '-c',
			"cd $folder && ldns-keygen -k -a ECDSAP256SHA256 .");
		die "ldns-keygen: $output\n" if $status;
		($self->{key}) = $output =~ /^(K\S+)$/m;
		spew($self->anchor, slurp("$folder/$self->{key}.key"));
	}
	my ($status, $output) = run('sh', '-c',
		"cd $folder && ldns-signzone -n -f root.signed root.zone $self->{key}");
	die "ldns-signzone: $output\n" if $status;
}

sub start
{
	my ($self) = @_;
	my $folder = $self->{folder};
	$self->{zones}{'.'} //= '';
	$self->_write_zone($_) for sort keys %{ $self->{zones} };
	my $zones = join '', map {
		my $file = $_ eq '.' && $self->{signed} ? "$folder/root.signed"
		    : $self->_zone_file($_);
		"zone:\n  name: \"$_\"\n  zonefile: \"$file\"\n";
	} sort keys %{ $self->{zones} };
	spew("$folder/nsd.conf", <<END . $zones);
server:
  ip-address: 127.0.0.1\@$self->{inner}
  username: ""
  chroot: ""
  zonesdir: "$folder"
  database: ""
  pidfile: ""
  xfrdfile: "$folder/xfrd.state"
  zonelistfile: "$folder/zone.list"
  xfrdir: "$folder"
  server-count: 1
  tcp-count: 100
remote-control:
  control-enable: no
END
	my ($status, $output) = run('/usr/sbin/nsd-checkconf',
		"$folder/nsd.conf");
	die "nsd.conf: $output\n" if $status;
	$self->{nsd} = start_process("$folder/nsd.log", '/usr/sbin/nsd', '-d',
		'-c', "$folder/nsd.conf");
	wait_until { _answers($self->{inner}) } 30
	    or die "NSD does not answer:\n" . (slurp("$folder/nsd.log") // '');
	$self->_start_front;
	return $self;
}

sub _start_front
{
	my ($self) = @_;
	my $folder = $self->{folder};
	$self->_write_moods;
	$self->{front} = start_process("$folder/front.log", $^X,
		'-I', top() . '/t/lib', $here, $self->{port}, $self->{inner}, $folder);
	wait_until { -e "$folder/front.ready" } 30
	    or die "the front does not start:\n"
	    . (slurp("$folder/front.log") // '');
}

# New text for a zone; caches may know the old one for a while.
sub zone
{
	my ($self, $name, $text) = @_;
	$self->{zones}{$name} = $text;
	$self->_write_zone($name);
	kill 'HUP', $self->{nsd};
	my $serial = $self->{serial};
	wait_until { _serial($self->{inner}, $name) == $serial } 15
	    or die "NSD does not take the zone $name\n";
}

sub mood
{
	my ($self, %moods) = @_;
	%{ $self->{moods} } = (%{ $self->{moods} }, %moods);
	$self->_write_moods;
}

sub _write_moods
{
	my ($self) = @_;
	my $file = "$self->{folder}/moods";
	spew("$file.new", join '', map { "$_ $self->{moods}{$_}\n" }
	    grep { $self->{moods}{$_} ne '' } sort keys %{ $self->{moods} });
	rename "$file.new", $file or die "$file: $!\n";
}

# What has been asked since the last call, as "name TYPE".
sub asked
{
	my ($self) = @_;
	my @lines = split /\n/, slurp("$self->{folder}/asked") // '';
	my $from = $self->{asked_before} // 0;
	$self->{asked_before} = @lines;
	return @lines[$from .. $#lines];
}

sub stop
{
	my ($self) = @_;
	stop_process(delete $self->{$_}) for grep { $self->{$_} } qw(front nsd);
}

sub DESTROY
{
	my ($self) = @_;
	local ($?, $@, $!);
	$self->stop;
}

sub _query
{
	my ($name, $type) = @_;
	my $labels = join '', map { pack 'C/a', $_ } grep { length }
	    split /\./, $name;
	return pack('n6', 4711, 0x0100, 1, 0, 0, 0) . "$labels\0"
	    . pack('nn', $type, 1);
}

sub _ask
{
	my ($port, $name, $type) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $port, Proto => 'udp') or return;
	$socket->send(_query($name, $type));
	return unless IO::Select->new($socket)->can_read(0.5);
	my $answer;
	$socket->recv($answer, 65535);
	return $answer;
}

sub _answers { return defined _ask($_[0], '.', 6) }

sub _serial
{
	my ($port, $name) = @_;
	my $answer = _ask($port, $name, 6) // return -1;
	# Behind the names of the SOA: serial and four more numbers.
	return -1 unless $answer =~ /(....)\0\0\x0e\x10\0\0\x02\x58\0\x01\x51\x80/s;
	return unpack 'N', $1;
}

# --- the front, a process of its own: port, NSD's port, folder ---

package Ispfilter::DNS::Front;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

my %types = (1 => 'A', 2 => 'NS', 5 => 'CNAME', 6 => 'SOA', 12 => 'PTR',
	15 => 'MX', 16 => 'TXT', 28 => 'AAAA', 43 => 'DS', 48 => 'DNSKEY',
	99 => 'SPF');
my (%moods, $moods_read);

sub question
{
	my ($packet) = @_;
	return if length $packet < 17;
	my ($at, @labels) = (12);
	while ((my $len = ord substr $packet, $at, 1)) {
		return if $len > 63 || $at + $len + 6 > length $packet;
		push @labels, substr $packet, $at + 1, $len;
		$at += $len + 1;
	}
	my $type = unpack 'n', substr $packet, $at + 1, 2;
	return (lc join('.', @labels), $types{$type} // "TYPE$type",
		substr $packet, 12, $at + 5 - 12);
}

sub mood_of
{
	my ($folder, $name) = @_;
	my $file = "$folder/moods";
	my $id = join ' ', (stat $file)[1, 9];
	if (!defined $moods_read || $moods_read ne $id) {
		open my $in, '<', $file;
		%moods = map { split ' ', $_, 2 } map { s/\n//r } <$in>;
		$moods_read = $id;
	}
	my @labels = split /\./, $name;
	for (0 .. $#labels) {
		my $mood = $moods{ join '.', @labels[$_ .. $#labels] };
		return $mood if defined $mood;
	}
	return $moods{'.'} // '';
}

# An answer without records: flags besides QR, RD and RA.
sub bare
{
	my ($packet, $section, $flags) = @_;
	return substr($packet, 0, 2) . pack('n5', 0x8180 | $flags, 1, 0, 0, 0)
	    . $section;
}

# What the mood makes of a question: an answer, or undef for none; no mood: the
# real answer is wanted.
sub by_mood
{
	my ($mood, $packet, $section, $tcp) = @_;
	return bare($packet, $section, 2) if $mood eq 'servfail';
	return bare($packet, $section, 5) if $mood eq 'refused';
	return bare($packet, $section, 3) if $mood eq 'nxdomain';
	return bare($packet, $section, 0) if $mood eq 'nodata';
	return join '', map { chr int rand 256 } 1 .. 100 if $mood eq 'garbage';
	return bare(pack('n', 1 + unpack 'n', $packet), $section, 0)
	    if $mood eq 'wrong-id';
	return bare($packet, $section, 0x0200) if $mood =~ /^truncated/ && !$tcp;
	if ($mood eq 'loop') {
		my $answer = bare($packet, $section, 0);
		substr $answer, 6, 2, pack 'n', 1;
		return $answer . pack('nnnNnn', 0xc00c, 5, 1, 60, 2, 0xc00c);
	}
	return undef;
}

sub ask_tcp
{
	my ($port, $packet) = @_;
	my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
		PeerPort => $port, Proto => 'tcp', Timeout => 2) or return;
	print {$socket} pack('n/a', $packet);
	my ($have, $len) = ('', 0);
	while (length $have < 2 + $len && sysread $socket, my $more, 65536) {
		$have .= $more;
		$len = unpack 'n', $have if length $have >= 2;
	}
	return substr $have, 2;
}

sub serve_tcp
{
	my ($listener, $inner, $folder, $log) = @_;
	my $client = $listener->accept or return;
	return if fork;
	alarm 20;
	while (read($client, my $head, 2) == 2) {
		last if read($client, my $packet, unpack 'n', $head) < 17;
		my ($name, $type, $section) = question($packet);
		my $mood = mood_of($folder, $name);
		last if $mood eq 'silent' || $mood eq 'truncated-only';
		syswrite $log, "$name $type\n";
		my $answer = by_mood($mood, $packet, $section, 1)
		    // ask_tcp($inner, $packet) // last;
		$answer = substr $answer, 0, length($answer) / 2
		    if $mood eq 'short';
		print {$client} pack('n/a', $answer);
		$client->flush;
	}
	require POSIX;
	POSIX::_exit(0);
}

sub serve
{
	my ($port, $inner, $folder) = @_;
	$SIG{CHLD} = 'IGNORE';
	open my $log, '>>', "$folder/asked" or die "asked: $!\n";
	my $udp = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		LocalPort => $port, Proto => 'udp') or die "UDP: $!\n";
	my $tcp = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
		LocalPort => $port, Proto => 'tcp', Listen => 50,
		ReuseAddr => 1) or die "TCP: $!\n";
	my $select = IO::Select->new($udp, $tcp);
	my (%asker, @later);
	open my $ready, '>', "$folder/front.ready";
	close $ready;
	for (;;) {
		for my $socket ($select->can_read(@later ? 0.05 : 5)) {
			if ($socket == $tcp) {
				serve_tcp($tcp, $inner, $folder, $log);
				next;
			}
			my $peer = $socket->recv(my $packet, 65535);
			if ($socket != $udp) {
				# NSD's answer
				my ($to, $mood) = @{ delete $asker{$socket} };
				$select->remove($socket);
				$packet = substr $packet, 0,
				    length($packet) / 2 if $mood eq 'short';
				push @later, [time + ($mood eq 'late' ? 3 : 0),
					$to, $packet];
				next;
			}
			my ($name, $type, $section) = question($packet);
			next unless defined $name;
			syswrite $log, "$name $type\n";
			my $mood = mood_of($folder, $name);
			next if $mood eq 'silent';
			my $answer = by_mood($mood, $packet, $section, 0);
			if (defined $answer) {
				$udp->send($answer, 0, $peer);
				next;
			}
			my $up = IO::Socket::INET->new(Proto => 'udp',
				PeerAddr => '127.0.0.1', PeerPort => $inner);
			$up->send($packet);
			$asker{$up} = [$peer, $mood, $up];
			$select->add($up);
		}
		my $now = time;
		$udp->send($_->[2], 0, $_->[1])
		    for grep { $_->[0] <= $now } @later;
		@later = grep { $_->[0] > $now } @later;
	}
}

serve(@ARGV) unless caller;

1;
