# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Mail;

# Mails to send. What a virus scanner looks for is put together at run time
# only, so that no scanner takes this source tree for a find.

use strict;
use warnings;
use Exporter 'import';

our @EXPORT_OK = qw(clean_mail spam_mail virus_mail attachment_mail
    eicar eicar_signature);

sub _mail
{
	my ($headers, $body) = @_;
	my %headers = (From => 'Ada <ada@sender.example>',
		To => 'john@example.org',
		Date => 'Mon, 02 Nov 2026 10:00:00 +0000',
		'Message-ID' => '<' . time . ".$$." . int(rand 1e9)
		    . '@sender.example>',
		%$headers);
	my @order = qw(From To Subject Date Message-ID MIME-Version
	    Content-Type);
	my %known = map { $_ => 1 } @order;
	return join('', map { "$_: $headers{$_}\n" }
		grep { defined $headers{$_} }
		@order, sort grep { !$known{$_} } keys %headers) . "\n$body";
}

# %headers are added or replace what is there; undef leaves one out.
sub clean_mail
{
	my (%headers) = @_;
	return _mail({ Subject => 'Lunch on Friday?', %headers }, <<'END');
Hello John,

shall we have lunch on Friday? The small place at the harbour has a table
for us at noon.

Ada
END
}

sub spam_mail
{
	my (%headers) = @_;
	my $gtube = join '', 'XJS*C4JDBQADN1.NSBN3*2ID', 'NEN*GTUBE-STANDARD-',
	    'ANTI-UBE-TEST-EMAIL*C.34X';
	return _mail({ Subject => 'You have won', %headers },
		"Dear winner,\n\n$gtube\n\nclick now.\n");
}

# The harmless file that all virus scanners agree to find.
sub eicar
{
	return join '', 'X5O!P%@AP[4', '\PZX54(P^)7CC)7}', '$EICAR-STANDARD',
	    '-ANTIVIRUS-TEST', '-FILE!$H+H*';
}

# A signature for it in libclamav's .ndb form.
sub eicar_signature
{
	my ($name) = @_;
	return ($name // 'Ispfilter.Test.Eicar') . ':0:*:' . unpack('H*',
		eicar()) . "\n";
}

# A text and one attached file.
sub attachment_mail
{
	my ($name, $bytes, %headers) = @_;
	my $boundary = 'part-' . int rand 1e9;
	require MIME::Base64;
	my $base64 = MIME::Base64::encode($bytes);
	return _mail({ Subject => 'The file', 'MIME-Version' => '1.0',
		'Content-Type' => qq(multipart/mixed; boundary="$boundary"),
		%headers }, <<"END");
--$boundary
Content-Type: text/plain; charset=us-ascii

Here is the file.

--$boundary
Content-Type: application/octet-stream; name="$name"
Content-Disposition: attachment; filename="$name"
Content-Transfer-Encoding: base64

$base64
--$boundary--
END
}

sub virus_mail
{
	my (%headers) = @_;
	return attachment_mail('report.txt', eicar(),
		Subject => 'Your report', %headers);
}

1;
