/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EXPRESSION_H
#define RULE_EXPRESSION_H

/*
 * Perl's arithmetic as far as metas and `if` lines may use it: numbers, names,
 * ( ) ! - + * / < > <= >= == != ^ && || ?: with Perl's precedence. && and ||
 * give the operand that decided. Compiled to a postfix program, so that
 * neither compiling nor running recurses. x / 0 is 0.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define EXPRESSION_DEPTH 256    /* values, or operators, waiting at a time */
#define EXPRESSION_STEPS 200000 /* operands and operators in all */

enum expression_op {
	EXPRESSION_NUMBER,
	EXPRESSION_VALUE, /* values[index] */
	EXPRESSION_NOT,
	EXPRESSION_NEGATE,
	EXPRESSION_PLUS, /* the sign: does nothing */
	EXPRESSION_MULTIPLY,
	EXPRESSION_DIVIDE,
	EXPRESSION_ADD,
	EXPRESSION_SUBTRACT,
	EXPRESSION_LESS,
	EXPRESSION_GREATER,
	EXPRESSION_NOT_GREATER,
	EXPRESSION_NOT_LESS,
	EXPRESSION_EQUAL,
	EXPRESSION_UNEQUAL,
	EXPRESSION_XOR, /* of bits */
	EXPRESSION_AND,
	EXPRESSION_OR,
	EXPRESSION_SELECT, /* a ? b : c */
	EXPRESSION_OPEN,   /* while compiling only */
	EXPRESSION_ASK,    /* the same */
};

struct expression_step {
	enum expression_op op;
	/* The && or || that takes this step's value on its left; 0: none. If
	 * the value decides there, what stands between may be left out. */
	uint32_t left_of;
	union {
		double number;
		size_t index;
	} of;
};

struct expression {
	struct expression_step *steps;
	size_t count;
};

/*
 * What a name stands for: fills in a NUMBER or VALUE step. argument is what
 * stands in parentheses behind the names of functions, else SLICE_NONE.
 */
typedef int (*expression_resolve)(void *context, struct slice name,
				  struct slice argument,
				  struct expression_step *step,
				  struct err *err);

/* functions: names that take an argument; NULL-terminated, or NULL. Returns
 * NULL with err set if text is malformed. */
struct expression *expression_compile(void *mem, const char *text,
				      const char *const *functions,
				      expression_resolve resolve,
				      void *context, struct err *err);
double expression_run(const struct expression *expression,
		      const double *values);
/* Of an operator between two values, && and || among them. */
double expression_apply(enum expression_op op, double a, double b);

#endif
