#include "protocol/memory/string_view.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

bool string_view_to_int64(StringView view, int64_t *ret_value) {
  size_t index = view.length > 0 && (view.data[0] == '-' || view.data[0] == '+');
  bool is_negative = index == 1 && view.data[0] == '-';
  if (index == view.length) {
    return false;
  }
  // Counted downwards, as INT64_MIN has no positive counterpart.
  int64_t value = 0;
  for (; index < view.length; index++) {
    if (!is_digit(view.data[index]) || __builtin_mul_overflow(value, 10, &value) ||
        __builtin_sub_overflow(value, view.data[index] - '0', &value)) {
      return false;
    }
  }
  if (!is_negative && value == INT64_MIN) {
    return false;
  }
  *ret_value = is_negative ? value : -value;
  return true;
}

static size_t skip_digits(StringView view, size_t index) {
  while (index < view.length && is_digit(view.data[index])) {
    index++;
  }
  return index;
}

static size_t skip_sign(StringView view, size_t index) {
  return index + (index < view.length && (view.data[index] == '-' || view.data[index] == '+'));
}

// [sign] digits [. digits] [e [sign] digits], with a digit somewhere before the exponent: strtod takes far more.
static bool is_decimal_number(StringView view) {
  size_t start = skip_sign(view, 0);
  size_t index = skip_digits(view, start);
  size_t digits = index - start;
  if (index < view.length && view.data[index] == '.') {
    size_t fraction = index + 1;
    index = skip_digits(view, fraction);
    digits += index - fraction;
  }
  if (digits == 0) {
    return false;
  }
  if (index < view.length && (view.data[index] == 'e' || view.data[index] == 'E')) {
    size_t exponent = skip_sign(view, index + 1);
    index = skip_digits(view, exponent);
    if (index == exponent) {
      return false;
    }
  }
  return index == view.length;
}

bool string_view_to_double(StringView view, double *ret_value) {
  if (!is_decimal_number(view)) {
    return false;
  }
  char small[128];
  char *text = view.length < sizeof small ? small : malloc(view.length + 1);
  if (!text) {
    return false;
  }
  memcpy(text, view.data, view.length);
  text[view.length] = '\0';
  // For the C locale, newlocale hands out a static object: this allocates nothing.
  locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  double value = strtod_l(text, NULL, locale);
  freelocale(locale);
  if (text != small) {
    free(text);
  }
  if (!isfinite(value)) {
    return false;
  }
  *ret_value = value;
  return true;
}
