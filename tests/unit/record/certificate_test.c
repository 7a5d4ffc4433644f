/*
 * certificate_test.c - the short code of a certificate: a known answer, and that each part changes it.
 */
#include "record/certificate.h"
#include "support/testing.h"

/* By `printf 'yiwang-certificate/v1\njs/320102/g2\n7\n255\n%s\n' $(printf abc | sha256sum) | sha256sum`, five bytes a group. */
static void
known_answer(void)
{
	struct yw_hash body, other;
	char code[YW_CERTIFICATE_MAX], again[YW_CERTIFICATE_MAX];
	struct yw_error err;

	yw_sha256("abc", 3, &body);
	YW_CHECK(yw_certificate_code("js/320102/g2", 7, 255, &body, code, &err) == YW_OK);
	YW_CHECK_MSG(strcmp(code, "50017 55969 64575 32949") == 0, "%s", code);
	other = body;
	other.b[31] ^= 1;
	YW_CHECK(yw_certificate_code("js/320102/g2", 7, 255, &other, again, &err) == YW_OK && strcmp(code, again) != 0);
	YW_CHECK(yw_certificate_code("js/320102/g2", 7, 25, &body, again, &err) == YW_OK && strcmp(code, again) != 0);
	YW_CHECK(yw_certificate_code("js/320102/g2", 8, 255, &body, again, &err) == YW_OK && strcmp(code, again) != 0);
	YW_CHECK(yw_certificate_code("js/320102/g3", 7, 255, &body, again, &err) == YW_OK && strcmp(code, again) != 0);
}

YW_TESTS({ "B6 the short code of a certificate", known_answer })
