/*
 * validate_int.h - what the table of rules (validate.c) and the checks it names (checks.c) share.
 */
#ifndef YW_RECORD_VALIDATE_INT_H
#define YW_RECORD_VALIDATE_INT_H

#include <protobuf-c/protobuf-c.h>

#include "base/i18n.h"
#include "record/path.h"
#include "record/validate.h"

enum yw_check {
	/* asked of what is absent */
	REQUIRED,	/* code, if another than missing_field */
	ASKED,		/* a note; code */
	TOLD,		/* of a contract that is changed or cancelled, by who can say it */
	/* asked in any case */
	PERSON,		/* of an organisation's name: it has one, or is a natural person and has none */
	/* asked once of a whole list */
	COUNT,		/* limit */
	/* asked of each value there is */
	LINE,		/* limit in characters; one line */
	LINES,		/* limit in characters */
	NUMBER,		/* limit in characters; a number that is text */
	REGISTRATION,	/* limit; a contract's registration number */
	FORM,		/* other = forms, see checks.c */
	MEDIA_TYPE,	/* limit in characters */
	PATENT,		/* a note where a Chinese patent number is not right */
	DATE,
	MONTH,
	PAST,		/* not after today */
	NOT_BEFORE,	/* other = a field; code */
	AMOUNT,		/* not below 0 */
	AT_MOST,	/* limit, or other = a field; code, if another than bad_value */
	BYTES,		/* limit = exact length */
	DIVISION,
	RECORD_ID,	/* other = the kind that belongs there, if only one does */
	REFERENCE,	/* the same, of a Reference */
	IDENTIFIER,
	IDENTIFIED,	/* a note where a domestic party has no identifier */
	SELLER,		/* a note where a domestic seller is of elsewhere than the records */
	SUB_KIND,
	PRICE,
	OUTCOME,
	SECRECY		/* what is internal is not for every node */
};

struct yw_rule {
	const ProtobufCMessageDescriptor *type;
	const char *field;
	enum yw_check check;
	int64_t limit;
	const char *other, *code;
};

/* One run over one record. */
struct yw_judge {
	const struct yw_validation *by;
	char today[11];			/* ISO, China */
	struct yw_path path;		/* of the value being looked at */
	bool person;			/* findings are about a natural person */
	const struct yw_rule *rules;	/* about the message it is in */
	struct yw_finding *out;
	size_t n, max;
};

/* One value of one field; which member is meant follows from the field's type. */
struct yw_value {
	const ProtobufCMessage *in;	/* the message that holds it */
	const char *text;		/* "" for what is no string */
	int64_t number;			/* also of an enumeration; of a whole list its length */
	const ProtobufCMessage *message;
	size_t bytes;			/* length of a bytes field */
	bool absent;
};

/* The value of a field that is no list. */
struct yw_value yw_value_of(const ProtobufCMessage *m, const char *name);

/* Asks one rule of one value and reports under j->path. */
void yw_check(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v);

/* The checks that live in, or are used by, parties.c. */
void yw_check_number(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v);
void yw_check_person(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v);
void yw_check_identifier(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v);
void yw_check_identified(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v);
void yw_check_seller(struct yw_judge *j, const struct yw_rule *rule, const struct yw_value *v);

/* The table, for the test that it names what exists. */
const struct yw_rule *yw_rules(size_t *n);

void yw_judge_refuse(struct yw_judge *j, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of what is judged though it is registered so already. */
void yw_judge_forbid(struct yw_judge *j, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void yw_judge_note(struct yw_judge *j, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
