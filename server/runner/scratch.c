#include "server/runner/scratch.h"

int scratch_open(StringView given, Arena *arena, Scratch *ret_scratch, Error *ret_error) {
  if (given.length == 0) {
    Scratch scratch = {0};
    int code = temporary_folder_open("run", arena, &scratch.folder, ret_error);
    if (code == 0) {
      scratch.path = scratch.folder.path;
      *ret_scratch = scratch;
    }
    return code;
  }
  StringView path = arena_copy(arena, given);
  if (!path.data) {
    return error_set(ret_error, ERROR_NO_MEMORY, "no memory for a scratch folder");
  }
  *ret_scratch = (Scratch){.path = path};
  return 0;
}

void scratch_close(Scratch *scratch) {
  temporary_folder_close(&scratch->folder);
  *scratch = (Scratch){0};
}
