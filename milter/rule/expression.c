/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operators wait on a stack until one that binds less tightly comes (Dijkstra's
 * shunting yard). The text is wanted to alternate between operands and
 * operators; `operand` says whose turn it is.
 */
#include "rule/expression.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum expression_level {
	LEVEL_OPEN,
	LEVEL_ASK,
	LEVEL_SELECT,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_XOR,
	LEVEL_EQUAL,
	LEVEL_COMPARE,
	LEVEL_ADD,
	LEVEL_MULTIPLY,
	LEVEL_UNARY,
};

static const struct {
	const char text[3];
	enum expression_op op;
	enum expression_level level;
} expression_operators[] = { /* longer ones first */
	{ "&&", EXPRESSION_AND, LEVEL_AND },
	{ "||", EXPRESSION_OR, LEVEL_OR },
	{ "<=", EXPRESSION_NOT_GREATER, LEVEL_COMPARE },
	{ ">=", EXPRESSION_NOT_LESS, LEVEL_COMPARE },
	{ "==", EXPRESSION_EQUAL, LEVEL_EQUAL },
	{ "!=", EXPRESSION_UNEQUAL, LEVEL_EQUAL },
	{ "<", EXPRESSION_LESS, LEVEL_COMPARE },
	{ ">", EXPRESSION_GREATER, LEVEL_COMPARE },
	{ "^", EXPRESSION_XOR, LEVEL_XOR },
	{ "+", EXPRESSION_ADD, LEVEL_ADD },
	{ "-", EXPRESSION_SUBTRACT, LEVEL_ADD },
	{ "*", EXPRESSION_MULTIPLY, LEVEL_MULTIPLY },
	{ "/", EXPRESSION_DIVIDE, LEVEL_MULTIPLY },
};

struct expression_reader {
	struct expression *expression;
	const char *at;
	struct {
		enum expression_op op;
		enum expression_level level;
	} waiting[EXPRESSION_DEPTH];
	size_t waiting_count;
	size_t depth; /* values on the stack when the program gets here */
	size_t ends[EXPRESSION_DEPTH]; /* the steps that put them there */
	const char *const *functions;
	expression_resolve resolve;
	void *context;
	struct err *err;
};

static int
expression_step(struct expression_reader *reader, struct expression_step step)
{
	struct expression *expression = reader->expression;

	if (step.op <= EXPRESSION_VALUE)
		reader->depth++;
	else if (step.op == EXPRESSION_SELECT)
		reader->depth -= 2;
	else if (step.op >= EXPRESSION_MULTIPLY)
		reader->depth--;
	if (reader->depth > EXPRESSION_DEPTH)
		return err_config(reader->err, "nested too deeply");
	if (expression->count == EXPRESSION_STEPS)
		return err_config(reader->err, "more than %d terms",
				  EXPRESSION_STEPS);
	mem_grow(expression, expression->steps, expression->count);
	if (step.op == EXPRESSION_AND || step.op == EXPRESSION_OR)
		expression->steps[reader->ends[reader->depth - 1]].left_of =
			(uint32_t)expression->count;
	reader->ends[reader->depth - 1] = expression->count;
	expression->steps[expression->count++] = step;
	return 0;
}

static int
expression_wait(struct expression_reader *reader, enum expression_op op,
		enum expression_level level)
{
	if (reader->waiting_count == EXPRESSION_DEPTH)
		return err_config(reader->err, "nested too deeply");
	reader->waiting[reader->waiting_count].op = op;
	reader->waiting[reader->waiting_count++].level = level;
	return 0;
}

/* Emits waiting operators that bind at least as tightly as level. */
static int
expression_settle(struct expression_reader *reader, enum expression_level level)
{
	while (reader->waiting_count > 0 &&
	       reader->waiting[reader->waiting_count - 1].level >= level) {
		struct expression_step step = {
			.op = reader->waiting[--reader->waiting_count].op
		};

		if (expression_step(reader, step) == -1)
			return -1;
	}
	return 0;
}

/* Ends what an opening parenthesis or a question mark began. */
static int
expression_close(struct expression_reader *reader, enum expression_op opened)
{
	char end = opened == EXPRESSION_OPEN ? ')' : ':';

	if (expression_settle(reader, LEVEL_SELECT) == -1)
		return -1;
	if (reader->waiting_count == 0 ||
	    reader->waiting[reader->waiting_count - 1].op != opened)
		return err_config(reader->err, "unexpected '%c'", end);
	reader->waiting_count--;
	return 0;
}

static bool
expression_is_name(char c, bool first)
{
	return str_is_alpha(c) || c == '_' || (!first && str_is_digit(c));
}

static int
expression_number(struct expression_reader *reader)
{
	struct expression_step step = { .op = EXPRESSION_NUMBER };
	char digits[32];
	size_t len = strspn(reader->at, "0123456789.");

	if (len >= sizeof(digits))
		return err_config(reader->err, "a number of %zu digits", len);
	memcpy(digits, reader->at, len);
	digits[len] = '\0';
	step.of.number = strtod(digits, NULL);
	reader->at += len;
	return expression_step(reader, step);
}

static bool
expression_is_function(const struct expression_reader *reader,
		       struct slice name)
{
	for (size_t i = 0; reader->functions != NULL &&
			   reader->functions[i] != NULL; i++) {
		if (slice_is(name, reader->functions[i]))
			return true;
	}
	return false;
}

static int
expression_name(struct expression_reader *reader)
{
	struct expression_step step = { .op = EXPRESSION_NUMBER };
	struct slice name = { reader->at, 0 }, argument = SLICE_NONE;

	while (expression_is_name(*reader->at, false))
		reader->at++;
	name.len = (size_t)(reader->at - name.data);
	if (expression_is_function(reader, name)) {
		const char *end = strchr(reader->at, ')');

		while (str_is_space((unsigned char)*reader->at))
			reader->at++;
		if (*reader->at != '(' || end == NULL)
			return err_config(reader->err,
					  "%.*s without its argument",
					  (int)name.len, name.data);
		argument.data = reader->at + 1;
		argument.len = (size_t)(end - argument.data);
		argument = slice_trim(argument);
		reader->at = end + 1;
	}
	if (reader->resolve(reader->context, name, argument, &step,
			    reader->err) == -1)
		return -1;
	return expression_step(reader, step);
}

/* Takes an operand, or a sign or parenthesis in front of one. */
static int
expression_operand(struct expression_reader *reader, bool *operand)
{
	char c = *reader->at;

	if (str_is_digit(c) || expression_is_name(c, true)) {
		*operand = false;
		return str_is_digit(c) ? expression_number(reader) :
					 expression_name(reader);
	}
	reader->at++;
	switch (c) {
	case '(':
		return expression_wait(reader, EXPRESSION_OPEN, LEVEL_OPEN);
	case '!':
		return expression_wait(reader, EXPRESSION_NOT, LEVEL_UNARY);
	case '-':
		return expression_wait(reader, EXPRESSION_NEGATE, LEVEL_UNARY);
	case '+':
		return expression_wait(reader, EXPRESSION_PLUS, LEVEL_UNARY);
	}
	return err_config(reader->err, "a name or number is missing at '%.20s'",
			  reader->at - 1);
}

/* Comparisons do not chain in a way that anybody reads alike: refused. */
static int
expression_binary(struct expression_reader *reader, size_t i)
{
	enum expression_level level = expression_operators[i].level;

	if (expression_settle(reader, level + 1) == -1)
		return -1;
	if ((level == LEVEL_COMPARE || level == LEVEL_EQUAL) &&
	    reader->waiting_count > 0 &&
	    reader->waiting[reader->waiting_count - 1].level == level)
		return err_config(reader->err, "chained comparison");
	reader->at += strlen(expression_operators[i].text);
	if (expression_settle(reader, level) == -1)
		return -1;
	return expression_wait(reader, expression_operators[i].op, level);
}

static int
expression_operator(struct expression_reader *reader, bool *operand)
{
	const size_t count =
		sizeof(expression_operators) / sizeof(*expression_operators);

	if (*reader->at == ')') {
		reader->at++;
		return expression_close(reader, EXPRESSION_OPEN);
	}
	*operand = true;
	if (*reader->at == '?') {
		reader->at++;
		if (expression_settle(reader, LEVEL_SELECT + 1) == -1)
			return -1;
		return expression_wait(reader, EXPRESSION_ASK, LEVEL_ASK);
	}
	if (*reader->at == ':') {
		reader->at++;
		if (expression_close(reader, EXPRESSION_ASK) == -1)
			return -1;
		return expression_wait(reader, EXPRESSION_SELECT,
				       LEVEL_SELECT);
	}
	for (size_t i = 0; i < count; i++) {
		const char *text = expression_operators[i].text;

		if (strncmp(reader->at, text, strlen(text)) == 0)
			return expression_binary(reader, i);
	}
	return err_config(reader->err, "an operator is missing at '%.20s'",
			  reader->at);
}

static int
expression_read(struct expression_reader *reader)
{
	bool operand = true;

	for (;;) {
		while (str_is_space((unsigned char)*reader->at))
			reader->at++;
		if (*reader->at == '\0')
			break;
		if ((operand ? expression_operand : expression_operator)(
			    reader, &operand) == -1)
			return -1;
	}
	if (operand)
		return err_config(reader->err, "it ends too early");
	if (expression_settle(reader, LEVEL_SELECT) == -1)
		return -1;
	if (reader->waiting_count > 0)
		return err_config(reader->err, "a '%c' is missing",
				  reader->waiting[reader->waiting_count - 1]
						  .op == EXPRESSION_ASK ?
					  ':' : ')');
	return 0;
}

struct expression *
expression_compile(void *mem, const char *text, const char *const *functions,
		   expression_resolve resolve, void *context, struct err *err)
{
	struct expression_reader reader = {
		.expression = mem_new(mem, struct expression),
		.at = text,
		.functions = functions,
		.resolve = resolve,
		.context = context,
		.err = err,
	};

	if (expression_read(&reader) == 0)
		return reader.expression;
	mem_free(reader.expression);
	return NULL;
}

static double
expression_xor(double a, double b)
{
	const double most = 9.2e18;

	if (!(a > -most && a < most && b > -most && b < most))
		return 0;
	return (double)((uint64_t)(int64_t)a ^ (uint64_t)(int64_t)b);
}

double
expression_apply(enum expression_op op, double a, double b)
{
	switch (op) {
	case EXPRESSION_MULTIPLY:
		return a * b;
	case EXPRESSION_DIVIDE:
		return b == 0 ? 0 : a / b;
	case EXPRESSION_ADD:
		return a + b;
	case EXPRESSION_SUBTRACT:
		return a - b;
	case EXPRESSION_LESS:
		return a < b;
	case EXPRESSION_GREATER:
		return a > b;
	case EXPRESSION_NOT_GREATER:
		return a <= b;
	case EXPRESSION_NOT_LESS:
		return a >= b;
	case EXPRESSION_EQUAL:
		return a == b;
	case EXPRESSION_UNEQUAL:
		return a != b;
	case EXPRESSION_XOR:
		return expression_xor(a, b);
	case EXPRESSION_AND:
		return a == 0 ? a : b;
	case EXPRESSION_OR:
		return a != 0 ? a : b;
	default:
		return 0;
	}
}

double
expression_run(const struct expression *expression, const double *values)
{
	double stack[EXPRESSION_DEPTH + 1];
	size_t top = 0; /* the last value; stack[0] is that of no program */

	stack[0] = 0;
	for (size_t i = 0; i < expression->count; i++) {
		const struct expression_step *step = &expression->steps[i];

		switch (step->op) {
		case EXPRESSION_NUMBER:
			stack[++top] = step->of.number;
			break;
		case EXPRESSION_VALUE:
			stack[++top] = values[step->of.index];
			break;
		case EXPRESSION_NOT:
			stack[top] = stack[top] == 0;
			break;
		case EXPRESSION_NEGATE:
			stack[top] = -stack[top];
			break;
		case EXPRESSION_PLUS:
			break;
		case EXPRESSION_SELECT:
			top -= 2;
			stack[top] = stack[top] != 0 ? stack[top + 1] :
						       stack[top + 2];
			break;
		default:
			top--;
			stack[top] = expression_apply(step->op, stack[top],
						      stack[top + 1]);
		}
		while (step->left_of != 0 &&
		       (stack[top] != 0) == (expression->steps[step->left_of]
						     .op == EXPRESSION_OR)) {
			i = step->left_of;
			step = &expression->steps[i];
		}
	}
	return stack[top];
}
