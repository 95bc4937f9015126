# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Deliver;

# `ispfilter deliver` as Postfix runs it: as an unprivileged user, into Maildirs
# of one folder. When the tests are root, that user is nobody.
#
#	my $lda = Ispfilter::Deliver->new(folder('deliver'));
#	my ($status, $output) = $lda->deliver($mail, '-d', 'john@example.org');

use strict;
use warnings;
use File::Copy qw(copy);
use File::Path qw(remove_tree);
use Ispfilter::Maildir qw(maildir_files maildir_mails);
use Ispfilter::Tools qw(program run slurp spew);

sub new
{
	my ($class, $folder) = @_;
	my $self = bless { folder => $folder, serial => 0 }, $class;
	# The source tree may be closed to nobody.
	copy(program(), "$folder/ispfilter") or die "copy: $!\n";
	chmod 0755, "$folder/ispfilter";
	my ($uid, $gid) = (getpwnam 'nobody')[2, 3];
	$self->{as} = $> ? [] : ['setpriv', "--reuid=$uid", "--regid=$gid",
		'--clear-groups'];
	mkdir "$folder/mail";
	chown $uid, $gid, $folder, "$folder/mail" unless $>;
	spew("$folder/conf", "mail_location = $folder/mail/%d/%n/Maildir\n"
	    . "log = $folder/log\n");
	return $self;
}

sub as { return @{ $_[0]{as} } }

sub command
{
	my ($self, @arguments) = @_;
	return ("$self->{folder}/ispfilter", 'deliver', '-c',
		"$self->{folder}/conf", @arguments);
}

# (status, output)
sub deliver
{
	my ($self, $mail, @arguments) = @_;
	return run({ stdin => $mail }, $self->as, $self->command(@arguments));
}

sub maildir
{
	my ($self, $address) = @_;
	my ($user, $domain) = ($address // 'john@example.org') =~ /(.*)@(.*)/;
	return "$self->{folder}/mail/$domain/$user/Maildir";
}

sub log { return slurp("$_[0]{folder}/log") // '' }

sub forget
{
	my ($self) = @_;
	remove_tree("$self->{folder}/mail", { keep_root => 1 });
}

# All files in tmp, of the INBOX and of Junk.
sub leftovers
{
	my ($self, $address) = @_;
	my $maildir = $self->maildir($address);
	return map { glob "$maildir/$_/*" } 'tmp', '.Junk/tmp';
}

# All mails, of the INBOX and of Junk.
sub files
{
	my ($self, $address) = @_;
	return map { maildir_files($self->maildir($address), $_) } '', '.Junk';
}

# A mail as cleanup(8) leaves it. Each has a queue id of its own.
sub mail
{
	my ($self, %with) = @_;
	my $id = $with{id} // sprintf '4bXy%04d', ++$self->{serial};
	return ($with{top} // '') . <<"END" . ($with{headers} // '')
Received: from mail.sender.example (mail.sender.example [192.0.2.7])
	by mx.example.org (Postfix) with ESMTPS id $id
	for <john\@example.org>; Mon,  2 Nov 2026 10:00:00 +0100 (CET)
From: Ada <ada\@sender.example>
Subject: mail $id
END
	    . "\n" . ($with{body} // "Hello John.\n");
}

# Why strace cannot be used here; '' if it can.
sub cannot_trace
{
	my ($self) = @_;
	my ($status, $output) = run($self->as, 'strace', '-o', '/dev/null',
		'-e', 'inject=getpid:error=EPERM:when=9999', 'true');
	return $status == 0 ? '' : $status == 127
	    ? 'strace is not installed' : 'tracing is not permitted here';
}

# Runs a delivery under strace: (status, output, [calls]), each call as the
# line that strace prints.
sub trace
{
	my ($self, $mail, $strace, @arguments) = @_;
	my $file = "$self->{folder}/trace";
	unlink $file;
	my ($status, $output) = run({ stdin => $mail }, $self->as, 'strace',
		'-o', $file, @$strace, $self->command(@arguments));
	return ($status, $output, [split /\n/, slurp($file) // '']);
}

# The calls behind umask(0), with which the work begins (before it stand the
# loader and the command line): [name, how many of that name came before,
# line], for calls whose names match.
sub steps
{
	my ($calls, $names) = @_;
	my (%seen, @steps, $started);
	for my $line (@$calls) {
		my ($name) = $line =~ /^(\w+)\(/ or next;
		$seen{$name}++;
		$started ||= $line =~ /^umask\(000?\)/;
		push @steps, [$name, $seen{$name}, $line]
		    if $started && $name =~ /^(?:$names)$/;
	}
	return @steps;
}

1;
