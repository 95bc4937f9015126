#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0-or-later
# ispfilter config: what the settings are, and which line says so.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Ispfilter::Tools qw(folder program run spew top);

chdir top();
my $folder = folder();
my $conf = spew("$folder/test.conf", <<'END');
# a comment
required_score = 6
reject_score = 15
required_score = 7
END
spew("$folder/conf.d/20-later.conf", "reject_score = 12.5\n");
spew("$folder/conf.d/10-earlier.conf", "reject_score = 11\nsubject_tag = [SPAM]\n");

sub config { return run(program(), 'config', '-c', $conf, @_) }

my ($status, $output) = config('-n');
is($status, 0, 'config -n');
# Where the program was built, the rules are those beside it.
is($output =~ s/^rules = .*\n//mr, "required_score = 7\nreject_score = 12.5\nsubject_tag = [SPAM]\n", 'what differs from the defaults');
is((config('subject_tag'))[1], "subject_tag = [SPAM]\n", 'one key');
($status, $output) = config('why', 'reject_score');
is($output =~ s/\Q$folder\E/F/gr, <<'END', 'why: file and line, and what was overridden');
reject_score = 12.5
  from F/conf.d/20-later.conf:1
  overrides "15" from F/test.conf:3
  overrides "11" from F/conf.d/10-earlier.conf:1
  default "0"
  Score from which spam is refused instead of tagged; 0: never.
END
like((config('why', 'log'))[1], qr/^log = syslog:mail\n  the default\n/, 'why: the default');
is((config('nonsense'))[0], 64, 'an unknown key: 64');
is((run(program(), 'config', '-d', 'required_score'))[1], "required_score = 0\n", '-d reads no file');

spew($conf, "requird_score = 6\n\nreject_score = many\n  and more\nlog_level = loud\n");
($status, $output) = config();
is($status, 78, 'wrong settings: 78');
is($output =~ s/\Q$folder\E/F/gr, <<'END', 'each is named with file and line');
F/test.conf:1: error: unknown key "requird_score"; did you mean "required_score"?
F/test.conf:3: error: reject_score = many and more: expected a number
F/test.conf:5: error: log_level = loud: expected one of: error warning info debug
ispfilter: F/test.conf: 3 errors in the settings
END
is((run(program(), 'config', '-c', "$folder/missing"))[0], 78, 'no such file: 78');
spew($conf, "a\0b = 1\n");
like((config())[1], qr/test\.conf:1: error: the line holds a NUL byte/, 'a NUL byte');

done_testing;
