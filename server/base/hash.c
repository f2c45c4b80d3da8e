#include "server/base/hash.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

int digest_of(StringView text, Digest *ret_digest, Error *ret_error) {
  Digest digest;
  unsigned length = 0;
  const char *data = text.data ? text.data : "";
  errno = 0;
  if (!EVP_Digest(data, text.length, digest.bytes, &length, EVP_sha256(), NULL) || length != sizeof digest.bytes) {
    ERR_clear_error();  // else it would be found by whoever asks OpenSSL next
    // OpenSSL does not keep apart what failed; the allocator does.
    if (errno == ENOMEM) {
      return error_set(ret_error, ERROR_NO_MEMORY, "memory is exhausted while computing a SHA-256 digest");
    }
    return error_set(ret_error, ERROR_INTERNAL, "OpenSSL cannot compute SHA-256 here; its configuration may forbid it");
  }
  *ret_digest = digest;
  return 0;
}

void digest_to_text(const Digest *digest, char ret_text[DIGEST_TEXT_SIZE]) {
  static const char digits[] = "0123456789abcdef";
  for (size_t index = 0; index < sizeof digest->bytes; index++) {
    ret_text[2 * index] = digits[digest->bytes[index] >> 4];
    ret_text[2 * index + 1] = digits[digest->bytes[index] & 15];
  }
  ret_text[DIGEST_TEXT_SIZE - 1] = '\0';
}

bool digest_equal(const Digest *left, const Digest *right) {
  return memcmp(left->bytes, right->bytes, sizeof left->bytes) == 0;
}
