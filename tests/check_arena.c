/* SPDX-License-Identifier: ISC */
/* Arena memory: zeroed, checked sizes, arrays that grow, copies of text. */
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "test.h"

static struct heel_arena arena;

static void setup(void)
{
	arena = (struct heel_arena){0};
}

static void teardown(void)
{
	heel_arena_free(&arena);
}

START_TEST(memory_is_zeroed)
{
	static const char zeros[4096];
	char *memory = heel_alloc(&arena, sizeof(zeros), 1);

	ck_assert_ptr_nonnull(memory);
	ck_assert_mem_eq(memory, zeros, sizeof(zeros));
}
END_TEST

START_TEST(memory_is_aligned_for_any_type)
{
	for (size_t size = 1; size < 64; size++) {
		void *memory = heel_alloc(&arena, 1, size);

		ck_assert_ptr_nonnull(memory);
		ck_assert_uint_eq((uintptr_t)memory % _Alignof(max_align_t), 0);
	}
}
END_TEST

static const struct {
	size_t n;
	size_t size;
} too_large[] = {
	{SIZE_MAX, 1},	       {SIZE_MAX, 2}, {SIZE_MAX / 2, 2},
	{SIZE_MAX / 8 + 1, 8}, {2, SIZE_MAX},
};

START_TEST(size_that_does_not_fit_is_refused)
{
	ck_assert_ptr_null(heel_alloc(&arena, too_large[_i].n, too_large[_i].size));
	ck_assert_ptr_null(arena.blocks);
}
END_TEST

START_TEST(array_keeps_its_elements_as_it_grows)
{
	unsigned int *array = NULL;

	for (unsigned int n = 0; n < 1000; n++) {
		array = heel_grow(&arena, array, n, sizeof(*array));
		ck_assert_ptr_nonnull(array);
		array[n] = n;
	}
	for (unsigned int n = 0; n < 1000; n++)
		ck_assert_uint_eq(array[n], n);
}
END_TEST

START_TEST(array_that_would_not_fit_is_refused)
{
	unsigned int element = 0;

	ck_assert_ptr_null(
		heel_grow(&arena, &element, SIZE_MAX / 2 + 1, sizeof(element)));
}
END_TEST

static const struct {
	const char *text;
	size_t n;
	const char *copy;
} texts[] = {
	{"", 0, ""},
	{"", 8, ""},
	{"text", 0, ""},
	{"text", 2, "te"},
	{"text", 4, "text"},
	{"text", 5, "text"},
	{"text", SIZE_MAX - 1, "text"},
};

START_TEST(copy_ends_at_the_limit_or_the_end)
{
	ck_assert_str_eq(heel_strndup(&arena, texts[_i].text, texts[_i].n),
			 texts[_i].copy);
}
END_TEST

START_TEST(copy_does_not_follow_the_original)
{
	char text[] = "text";
	char *copy = heel_strdup(&arena, text);

	text[0] = 'n';
	ck_assert_str_eq(copy, "text");
}
END_TEST

START_TEST(formatted_text_has_any_length)
{
	char *text = heel_format(&arena, "%0*d", 5000, 7);

	ck_assert_uint_eq(strlen(text), 5000);
	ck_assert_str_eq(heel_format(&arena, "%s:%d", "file", 3), "file:3");
}
END_TEST

START_TEST(arena_can_be_freed_again_and_used_again)
{
	ck_assert_ptr_nonnull(heel_alloc(&arena, 1, 1));
	heel_arena_free(&arena);
	heel_arena_free(&arena);
	ck_assert_ptr_null(arena.blocks);
	ck_assert_ptr_nonnull(heel_alloc(&arena, 1, 1));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tcase = tcase_create("arena");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, memory_is_zeroed);
	tcase_add_test(tcase, memory_is_aligned_for_any_type);
	tcase_add_loop_test(tcase, size_that_does_not_fit_is_refused, 0,
			    HEEL_ARRAY_SIZE(too_large));
	tcase_add_test(tcase, array_keeps_its_elements_as_it_grows);
	tcase_add_test(tcase, array_that_would_not_fit_is_refused);
	tcase_add_loop_test(tcase, copy_ends_at_the_limit_or_the_end, 0,
			    HEEL_ARRAY_SIZE(texts));
	tcase_add_test(tcase, copy_does_not_follow_the_original);
	tcase_add_test(tcase, formatted_text_has_any_length);
	tcase_add_test(tcase, arena_can_be_freed_again_and_used_again);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
