#include "server/generator/spec_subject.h"

#include "server/generator/spec_internal.h"

static int find_definition(const FileAnalysis *file, StringView name) {
  size_t count;
  const Definition *definitions = analysis_definitions(file, &count);
  for (size_t index = 0; index < count; index++)
    if (string_view_equal(definitions[index].qualified_name, name) && !definitions[index].is_nested)
      return (int)index;
  return -1;
}

static bool is_module_of(const FileAnalysis *file, const WorkspaceIndex *index, StringView module) {
  StringView path = analysis_path(file);
  return string_view_is_absent(module) || string_view_equal(path, module) ||
         string_view_equal(workspace_index_resolve_module(index, SV("spec.py"), module), path);
}

bool spec_find_subject(const Spec *spec, const WorkspaceIndex *index, Arena *arena, SpecSubject *ret_subject) {
  StringView name = spec->signature.data ? spec_signature_name(spec->signature) : spec->name;
  FileAnalysis **files;
  size_t count = workspace_index_files(index, arena, &files);
  for (size_t at = 0; at < count && name.data; at++) {
    if (analysis_is_test_file(files[at]) || !is_module_of(files[at], index, spec->module))
      continue;
    int definition = find_definition(files[at], name);
    if (definition < 0)
      continue;
    *ret_subject = (SpecSubject){files[at], name, (uint32_t)definition};
    return true;
  }
  return false;
}

int spec_find_clause_subject(const SpecSubject *subject, const SpecClause *clause) {
  size_t count;
  const Definition *definitions = analysis_definitions(subject->file, &count);
  bool is_class = definitions[subject->definition].kind == DEFINITION_CLASS;
  if (string_view_is_absent(clause->subject) || string_view_equal(clause->subject, subject->name))
    return is_class ? -1 : (int)subject->definition;
  for (size_t index = 0; index < count; index++) {
    const Definition *one = &definitions[index];
    bool is_method = one->parent == (int)subject->definition && one->kind != DEFINITION_CLASS;
    if (is_class && is_method && string_view_equal(one->name, clause->subject))
      return (int)index;
  }
  return -1;
}
