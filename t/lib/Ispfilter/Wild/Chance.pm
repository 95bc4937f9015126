# SPDX-License-Identifier: GPL-2.0-or-later
package Ispfilter::Wild::Chance;

# A row of numbers that looks like chance and is the same for the same seed on
# every machine.
#
#	my $chance = Ispfilter::Wild::Chance->new(42);
#	$chance->below(6); $chance->one(@of_these); $chance->often(0.3);

use strict;
use warnings;

sub new
{
	my ($class, $seed) = @_;
	return bless { state => ($seed * 2654435761 + 1) % 2**32 }, $class;
}

# A whole number from 0 up to, and without, the bound.
sub below
{
	my ($self, $bound) = @_;
	my $state = $self->{state};
	$state ^= $state << 13 & 0xffffffff;
	$state ^= $state >> 17;
	$state ^= $state << 5 & 0xffffffff;
	$self->{state} = $state;
	return int($state / 2**32 * $bound);
}

sub one
{
	my ($self, @items) = @_;
	return $items[$self->below(scalar @items)];
}

# True in so many of one case.
sub often
{
	my ($self, $share) = @_;
	return $self->below(1000) < 1000 * $share;
}

# So many of them, in any order, each at most once.
sub some
{
	my ($self, $count, @items) = @_;
	my @taken;
	push @taken, splice @items, $self->below(scalar @items), 1
	    while @items && @taken < $count;
	return @taken;
}

sub word
{
	my ($self, $length, $letters) = @_;
	$letters //= 'abcdefghijklmnopqrstuvwxyz0123456789';
	return join '', map {
		substr $letters, $self->below(length $letters), 1
	} 1 .. $length;
}

1;
