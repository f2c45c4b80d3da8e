// Turns the facts of a file's statements, which are relative to each statement, into definitions with places in the
// file.

#include "server/analyzer/analysis_internal.h"

StringView relative_view(StringView text, uint32_t start, Span span) {
  if (span.end <= span.start) {
    return (StringView){0};
  }
  return string_view_slice(text, start + span.start, start + span.end);
}

StringView last_part(StringView dotted) {
  size_t start = dotted.length;
  while (start > 0 && dotted.data[start - 1] != '.') {
    start--;
  }
  return string_view_trim(string_view_slice(dotted, start, dotted.length));
}

static void *allocate(AnalysisBuild *build, size_t count, size_t size) {
  void *items = arena_allocate_array(&build->analysis->arena, count, size);
  build->failed |= !items;
  return items;
}

static Reference reference_at(const AnalysisBuild *build, const Unit *unit, uint32_t index) {
  const RawReference *raw = &unit->facts->references_made[index];
  return (Reference){relative_view(build->text, unit->start, raw->name), moved(unit->start, raw->span),
                     (raw->flags & REFERENCE_CALL) != 0};
}

static Literal literal_at(const AnalysisBuild *build, const Unit *unit, uint32_t index) {
  const RawLiteral *raw = &unit->facts->literals[index];
  return (Literal){moved(unit->start, raw->span), relative_view(build->text, unit->start, raw->span), raw->is_number,
                   raw->number, raw->items};
}

static const Reference *references_of(AnalysisBuild *build, const Unit *unit) {
  Reference *items = allocate(build, unit->facts->reference_count, sizeof(*items));
  for (uint32_t i = 0; items && i < unit->facts->reference_count; i++) {
    items[i] = reference_at(build, unit, i);
  }
  return items;
}

static const Literal *literals_of(AnalysisBuild *build, const Unit *unit) {
  Literal *items = allocate(build, unit->facts->literal_count, sizeof(*items));
  for (uint32_t i = 0; items && i < unit->facts->literal_count; i++) {
    items[i] = literal_at(build, unit, i);
  }
  return items;
}

static const Comparison *comparisons_of(AnalysisBuild *build, const Unit *unit) {
  const Facts *facts = unit->facts;
  Comparison *items = allocate(build, facts->comparison_count, sizeof(*items));
  for (uint32_t i = 0; items && i < facts->comparison_count; i++) {
    const RawComparison *raw = &facts->comparisons[i];
    items[i].span = moved(unit->start, raw->span);
    items[i].operator= relative_view(build->text, unit->start, raw->operator);
    items[i].operand = relative_view(build->text, unit->start, raw->operand);
    items[i].constant = relative_view(build->text, unit->start, raw->constant);
    items[i].is_number = raw->is_number;
    items[i].is_length = raw->is_length;
    items[i].number = raw->number;
  }
  return items;
}

static const Parameter *parameters_of(AnalysisBuild *build, const Unit *unit) {
  const Facts *facts = unit->facts;
  Parameter *items = allocate(build, facts->parameter_count, sizeof(*items));
  for (uint32_t i = 0; items && i < facts->parameter_count; i++) {
    const RawParameter *raw = &facts->parameters[i];
    items[i].name = relative_view(build->text, unit->start, raw->name);
    items[i].annotation = relative_view(build->text, unit->start, raw->annotation);
    items[i].default_text = relative_view(build->text, unit->start, raw->default_text);
    items[i].star = raw->star;
    items[i].is_keyword_only = raw->is_keyword_only;
  }
  return items;
}

static const StringView *views_of(AnalysisBuild *build, const Unit *unit, const Span *spans, uint32_t count) {
  StringView *items = allocate(build, count, sizeof(*items));
  for (uint32_t i = 0; items && i < count; i++) {
    items[i] = relative_view(build->text, unit->start, spans[i]);
  }
  return items;
}

Definition *build_definition(const AnalysisBuild *build, uint32_t index) {
  return vector_at(&build->definitions, index);
}

static StringView qualified_name(AnalysisBuild *build, int parent, StringView name) {
  if (parent < 0) {
    return name;
  }
  StringView outer = build_definition(build, (uint32_t)parent)->qualified_name;
  StringView joined = arena_format(&build->analysis->arena, "%.*s.%.*s", SV_ARGUMENTS(outer), SV_ARGUMENTS(name));
  build->failed |= !joined.data;
  return joined;
}

static Definition *push_definition(AnalysisBuild *build, int unit_index) {
  if (!vector_push_copy(&build->unit_of, &unit_index)) {
    build->failed = true;
    return NULL;
  }
  Definition *definition = vector_push(&build->definitions);
  build->failed |= !definition;
  return definition;
}

static void fill_arrays(AnalysisBuild *build, const Unit *unit, Definition *definition) {
  const Facts *facts = unit->facts;
  definition->parameters = parameters_of(build, unit);
  definition->parameter_count = facts->parameter_count;
  definition->decorators = views_of(build, unit, facts->decorators, facts->decorator_count);
  definition->decorator_count = facts->decorator_count;
  definition->bases = views_of(build, unit, facts->bases, facts->base_count);
  definition->base_count = facts->base_count;
  definition->comparisons = comparisons_of(build, unit);
  definition->comparison_count = facts->comparison_count;
  definition->literals = literals_of(build, unit);
  definition->literal_count = facts->literal_count;
  definition->references = references_of(build, unit);
  definition->reference_count = facts->reference_count;
  definition->raises = views_of(build, unit, facts->raises, facts->raise_count);
  definition->raise_count = facts->raise_count;
}

// The body of a class begins where its header ends.
static Span body_of(const Unit *unit) {
  Span body = moved(unit->start, unit->facts->body);
  return unit->facts->kind == FACTS_CLASS_HEADER ? (Span){unit->start + unit->facts->length, unit->end} : body;
}

static void define_unit(AnalysisBuild *build, const Unit *unit, int unit_index) {
  const Facts *facts = unit->facts;
  StringView name = relative_view(build->text, unit->start, facts->name);
  name = name.data ? name : SV("");
  StringView qualified = qualified_name(build, unit->parent, name);
  Definition *definition = push_definition(build, unit_index);
  if (!definition) {
    return;
  }
  bool is_function = facts->kind == FACTS_FUNCTION;
  definition->kind = !is_function ? DEFINITION_CLASS : unit->parent >= 0 ? DEFINITION_METHOD : DEFINITION_FUNCTION;
  definition->parent = unit->parent;
  definition->name = name;
  definition->qualified_name = qualified;
  definition->span = (Span){unit->start, unit->end};
  definition->name_span = moved(unit->start, facts->name);
  definition->body_span = body_of(unit);
  definition->is_async = facts->is_async;
  definition->is_abstract_or_stub = (facts->traits & TRAIT_STUB) != 0;
  definition->return_annotation = relative_view(build->text, unit->start, facts->return_annotation);
  definition->complexity = is_function ? facts->complexity : 0;
  fill_arrays(build, unit, definition);
}

static void define_nested(AnalysisBuild *build, const Unit *unit, int unit_index) {
  for (uint32_t i = 0; i < unit->facts->nested_count && !build->failed; i++) {
    const RawNested *nested = &unit->facts->nested[i];
    int parent = unit->definition + (int)nested->parent;
    StringView name = relative_view(build->text, unit->start, nested->name);
    name = name.data ? name : SV("");
    StringView qualified = qualified_name(build, parent, name);
    Definition *definition = push_definition(build, unit_index);
    if (!definition) {
      return;
    }
    definition->kind = nested->kind;
    definition->parent = parent;
    definition->name = name;
    definition->qualified_name = qualified;
    definition->span = moved(unit->start, nested->span);
    definition->name_span = moved(unit->start, nested->name);
    definition->body_span = moved(unit->start, nested->body);
    definition->is_async = nested->is_async;
    definition->is_nested = true;
  }
}

static void add_imports(AnalysisBuild *build, const Unit *unit) {
  for (uint32_t i = 0; i < unit->facts->import_count; i++) {
    const RawImport *raw = &unit->facts->imports[i];
    Import import = {relative_view(build->text, unit->start, raw->local_name),
                     relative_view(build->text, unit->start, raw->module),
                     relative_view(build->text, unit->start, raw->symbol), moved(unit->start, raw->span)};
    build->failed |= !vector_push_copy(&build->imports, &import);
  }
}

static void add_module_level(AnalysisBuild *build, const Unit *unit) {
  for (uint32_t i = 0; i < unit->facts->literal_count; i++) {
    Literal literal = literal_at(build, unit, i);
    build->failed |= !vector_push_copy(&build->module_literals, &literal);
  }
  for (uint32_t i = 0; i < unit->facts->reference_count; i++) {
    Reference reference = reference_at(build, unit, i);
    build->failed |= !vector_push_copy(&build->module_references, &reference);
  }
}

void file_define(AnalysisBuild *build) {
  for (size_t i = 0; i < build->units.count && !build->failed; i++) {
    const Unit *unit = vector_at(&build->units, i);
    add_imports(build, unit);
    if (unit->definition < 0) {
      add_module_level(build, unit);
      continue;
    }
    define_unit(build, unit, (int)i);
    define_nested(build, unit, (int)i);
  }
}
