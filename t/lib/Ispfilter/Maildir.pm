# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Maildir;

# Maildirs as they lie on disk.

use strict;
use warnings;
use Exporter 'import';
use Ispfilter::Tools qw(slurp);

our @EXPORT_OK = qw(maildir_files maildir_mails maildir_tree header);

# Paths of the mails in a folder ("" is the inbox, ".Junk"...), sorted.
sub maildir_files
{
	my ($maildir, $folder) = @_;
	$maildir .= "/$folder" if length($folder // '');
	my @files = sort map { glob "\Q$maildir\E/$_/*" } qw(new cur);
	return @files;
}

# Their texts.
sub maildir_mails { return map { slurp($_) } maildir_files(@_) }

# A folder's tree, one name a line, folders with a slash, indented.
sub maildir_tree
{
	my ($folder, $depth) = @_;
	$depth ||= 0;
	opendir my $dir, $folder or return '';
	my $text = '';
	for my $name (sort grep { !/^\.\.?$/ } readdir $dir) {
		my $is_folder = -d "$folder/$name" && !-l "$folder/$name";
		$text .= '  ' x $depth . $name . ($is_folder ? '/' : '') . "\n";
		$text .= maildir_tree("$folder/$name", $depth + 1)
		    if $is_folder;
	}
	return $text;
}

# Values of a header field, unfolded.
sub header
{
	my ($mail, $name) = @_;
	my ($head) = split /\r?\n\r?\n/, $mail // '', 2;
	return unless defined $head;
	$head =~ s/\r?\n[ \t]+/ /g;
	return $head =~ /^\Q$name\E:[ \t]*([^\r\n]*)/mgi;
}

1;
