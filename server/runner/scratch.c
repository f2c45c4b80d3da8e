#include "server/runner/scratch.h"

#include "server/base/files.h"
#include "server/base/log.h"

#include <errno.h>
#include <stdlib.h>

int scratch_open(StringView given, Arena *arena, Scratch *ret_scratch, Error *ret_error) {
  const char *folder = getenv("TMPDIR");
  StringView path = given.length > 0
                        ? arena_copy(arena, given)
                        : path_join(arena, string_view_from(folder && *folder ? folder : "/tmp"), SV("testgen-XXXXXX"));
  if (!path.data) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for a scratch folder");
  }
  bool is_ours = given.length == 0;
  if (is_ours && !mkdtemp((char *)path.data)) {  // fills the X's of the copy in the arena
    return error_set_errno(ret_error, errno, "%s: the scratch folder cannot be made", path.data);
  }
  *ret_scratch = (Scratch){path, is_ours};
  return 0;
}

void scratch_close(Scratch *scratch) {
  Error error = {0};
  if (scratch->is_ours && directory_remove_all(scratch->path.data, &error) != 0) {
    log_warning("runner", "%s", error.message);
  }
  *scratch = (Scratch){0};
}
