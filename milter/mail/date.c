/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/date.h"

#include <string.h>

#include "mail/form.h"

#define DATE_TEXT_MAX 65536

struct date {
	unsigned year, month, day, hour, minute, second;
	int zone; /* seconds east of UTC */
};

static const struct {
	const char *name;
	int zone; /* as in +0530 */
} date_zones[] = {
	{ "UT", 0 },	 { "UTC", 0 },	  { "GMT", 0 },	   { "WET", 0 },
	{ "NDT", -230 }, { "NST", -330 }, { "ADT", -300 }, { "AST", -400 },
	{ "EDT", -400 }, { "EST", -500 }, { "CDT", -500 }, { "CST", -600 },
	{ "MDT", -600 }, { "MST", -700 }, { "PDT", -700 }, { "PST", -800 },
	{ "AKDT", -800 }, { "AKST", -900 }, { "HADT", -900 },
	{ "HAST", -1000 }, { "HST", -1000 },
	{ "BST", 100 },	 { "IST", 100 },  { "WEST", 100 }, { "CET", 100 },
	{ "MET", 100 },	 { "MEZ", 100 },  { "CEST", 200 }, { "MEST", 200 },
	{ "MESZ", 200 }, { "EET", 200 },  { "EEST", 300 }, { "MSK", 300 },
	{ "MSD", 300 },	 { "IDT", 300 },  { "BRST", -200 }, { "BRT", -300 },
	{ "AWST", 800 }, { "ACST", 930 }, { "ACDT", 1030 }, { "AEST", 1000 },
	{ "AEDT", 1100 }, { "NZST", 1200 }, { "NZDT", 1300 },
	{ "JST", 900 },	 { "KST", 900 },  { "HKT", 800 },  { "SGT", 800 },
	{ "PHT", 800 },
};

/* " text ": a comma counts as a blank, runs of white space are one. */
static struct slice
date_tidy(void *mem, struct slice text)
{
	struct buf out = BUF(mem);

	text = slice_cut(text, 0, DATE_TEXT_MAX);
	buf_char(&out, ' ');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		bool space = str_is_space((unsigned char)c) || c == ',';

		if (!space)
			buf_char(&out, c);
		else if (out.data[out.len - 1] != ' ')
			buf_char(&out, ' ');
	}
	if (out.data[out.len - 1] != ' ')
		buf_char(&out, ' ');
	return buf_view(&out);
}

/* 1 to 12; 0: none */
static unsigned
date_month(struct slice name)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	char lower[4] = "";

	for (size_t i = 0; i < 3; i++)
		lower[i] = (char)str_lower_char((unsigned char)name.data[i]);
	for (unsigned i = 0; i < 12; i++)
		if (memcmp(months + 3 * (size_t)i, lower, 3) == 0)
			return i + 1;
	return 0;
}

/* Digits as a number, no more than 999,999,999. */
static unsigned
date_number(struct slice digits)
{
	unsigned value = 0;

	for (size_t i = 0; i < digits.len; i++)
		if (value < 100000000)
			value = 10 * value + (unsigned)(digits.data[i] - '0');
	return value;
}

/* Takes what the form has matched out of the text; a blank is left. */
static void
date_take(struct form *form, struct buf *rest)
{
	struct slice before = slice_cut(form->text, 0, form->start);
	struct slice after = slice_from(form->text, form->end);

	buf_reset(rest);
	buf_slice(rest, before);
	buf_char(rest, ' ');
	buf_slice(rest, after);
}

/* In the forms: n the day, s the month, e the year. */
static bool
date_find_day(struct form *form, const char *pattern, struct date *date)
{
	for (size_t at = 0; at < form->text.len && form->budget > 0; at++) {
		if (form->text.data[at] != ' ' ||
		    !form_match(form, pattern, at))
			continue;
		date->month = date_month(form->fields[FORM_SUB]);
		if (date->month == 0)
			continue;
		date->day = date_number(form->fields[FORM_ID]);
		date->year = date_number(form->fields[FORM_ENVFROM]);
		if (form->fields[FORM_ENVFROM].len == 2 && date->year < 50)
			date->year += 2000;
		else if (form->fields[FORM_ENVFROM].len != 4)
			date->year += 1900;
		return true;
	}
	return false;
}

static bool
date_find(struct form *form, struct date *date)
{
	return date_find_day(form,
			     " %{n,1,0,0-9} %{s,3,3,A-Za-z} %{e,4,4,0-9} ",
			     date) ||
	       date_find_day(form,
			     " %{s,3,3,A-Za-z} %{n,1,0,0-9} %{w,1,0,0-9}:"
			     "%{w,1,0,0-9}:%{w,1,0,0-9} %{e,4,4,0-9} ",
			     date) ||
	       date_find_day(form,
			     " %{n,1,0,0-9} %{s,3,3,A-Za-z} %{e,2,3,0-9} ",
			     date);
}

static void
date_find_time(struct form *form, struct date *date)
{
	if (!form_search(form, " %{h,1,2,0-9}:%{r,2,2,0-9}%(:%{b,2,2,0-9}%) "))
		return;
	date->hour = date_number(form->fields[FORM_HELO]);
	date->minute = date_number(form->fields[FORM_RDNS]);
	date->second = date_number(form->fields[FORM_BY]);
}

static int
date_offset(int zone)
{
	return (zone / 100 * 60 + zone % 100) * 60;
}

static void
date_find_zone(struct form *form, struct date *date)
{
	struct slice name;

	if (form_search(form, " %{h,1,1,+-}%{r,4,4,0-9} ")) {
		date->zone = date_offset(
			(int)date_number(form->fields[FORM_RDNS]));
		if (form->fields[FORM_HELO].data[0] == '-')
			date->zone = -date->zone;
		return;
	}
	if (!form_search(form, "%!%{h,2,4,A-Z}%!"))
		return;
	name = form->fields[FORM_HELO];
	for (size_t i = 0; i < sizeof(date_zones) / sizeof(*date_zones); i++)
		if (slice_is(name, date_zones[i].name))
			date->zone = date_offset(date_zones[i].zone);
}

static bool
date_is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* What is out of range becomes something that is in it, as in SpamAssassin. */
static void
date_mend(struct date *date)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30,
					      31, 31, 30, 31, 30, 31 };
	unsigned most = days[date->month - 1];

	if (date->month == 2 && date_is_leap(date->year))
		most = 29;
	date->second = date->second > 59 ? 59 : date->second;
	date->minute = date->minute > 59 ? 59 : date->minute;
	date->hour = date->hour > 23 ? 23 : date->hour;
	if (date->day > most) {
		date->day = 1;
		if (++date->month > 12) {
			date->month = 1;
			date->year++;
		}
	}
	date->year = date->year > 2037 ? 2037 : date->year;
	date->year = date->year < 1970 ? 1970 : date->year;
}

static int64_t
date_seconds(const struct date *date)
{
	static const unsigned before[] = { 0,	31,  59,  90,  120, 151,
					   181, 212, 243, 273, 304, 334 };
	int64_t days = 0;

	for (unsigned year = 1970; year < date->year; year++)
		days += date_is_leap(year) ? 366 : 365;
	days += before[date->month - 1] + date->day - 1;
	if (date->month > 2 && date_is_leap(date->year))
		days++;
	return ((days * 24 + date->hour) * 60 + date->minute) * 60 +
	       date->second;
}

bool
date_parse(void *mem, struct slice text, int64_t *seconds)
{
	struct form form = form_new(date_tidy(mem, text));
	struct buf rest = BUF(mem), other = BUF(mem);
	struct date date = { 0 };

	form.budget += 32 * DATE_TEXT_MAX;
	if (!date_find(&form, &date) || date.day == 0)
		return false;
	date_take(&form, &rest);
	form.text = buf_view(&rest);
	date_find_time(&form, &date);
	if (form.fields[FORM_HELO].data != NULL) {
		date_take(&form, &other);
		form.text = buf_view(&other);
	}
	date_find_zone(&form, &date);
	date_mend(&date);
	*seconds = date_seconds(&date) - date.zone;
	if (*seconds < 0)
		*seconds = 0;
	return true;
}
