// SHA-256 digests (OpenSSL EVP), which name contents in the store and in evidence.
#ifndef TESTGEN_SERVER_BASE_HASH_H
#define TESTGEN_SERVER_BASE_HASH_H

#include "protocol/memory/error.h"
#include "protocol/memory/string_view.h"

typedef struct Digest {
  unsigned char bytes[32];
} Digest;

#define DIGEST_TEXT_SIZE 65  // 64 lower-case hexadecimal digits and a NUL

int digest_of(StringView text, Digest *ret_digest, Error *ret_error);
void digest_to_text(const Digest *digest, char ret_text[DIGEST_TEXT_SIZE]);
bool digest_equal(const Digest *left, const Digest *right);

#endif
