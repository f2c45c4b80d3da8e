// Document symbols: the tests of a file, with their classes, and their strength as detail.
#include "server/editor/document.h"

typedef struct SymbolBuilder {
  const Session *session;
  const Document *document;
  const Definition *definitions;
  size_t definition_count;
  const TestFacts *tests;
  size_t test_count;
  Arena *arena;
} SymbolBuilder;

static const TestFacts *test_of(const SymbolBuilder *builder, size_t definition) {
  for (size_t i = 0; i < builder->test_count; i++)
    if (builder->tests[i].definition == definition)
      return &builder->tests[i];
  return NULL;
}

static bool holds_tests(const SymbolBuilder *builder, size_t definition) {
  for (size_t i = 0; i < builder->test_count; i++)
    for (int at = builder->definitions[builder->tests[i].definition].parent; at >= 0;
         at = builder->definitions[at].parent)
      if ((size_t)at == definition)
        return true;
  return false;
}

static LspDocumentSymbol make_symbol(SymbolBuilder *builder, size_t index) {
  const Definition *definition = &builder->definitions[index];
  const TestFacts *test = test_of(builder, index);
  LspDocumentSymbol symbol = {
      .name = definition->name,
      .kind = definition->kind == DEFINITION_CLASS    ? LSP_SYMBOL_CLASS
              : definition->kind == DEFINITION_METHOD ? LSP_SYMBOL_METHOD
                                                      : LSP_SYMBOL_FUNCTION,
      .range = document_range(builder->session, builder->document, definition->span),
      .selection_range = document_range(builder->session, builder->document, definition->name_span),
  };
  if (test)
    symbol.detail = arena_format(builder->arena, "strength %d, %s", test->strength, category_names[test->category]);
  return symbol;
}

static bool is_shown(const SymbolBuilder *builder, size_t index, int parent) {
  const Definition *definition = &builder->definitions[index];
  return definition->parent == parent &&
         (test_of(builder, index) || (definition->kind == DEFINITION_CLASS && holds_tests(builder, index)));
}

// The symbols directly below a definition (-1: the module). Classes nest as deep as the source does.
static JsonArray children_of(SymbolBuilder *builder, int parent) {
  size_t count = 0, next = 0;
  for (size_t i = 0; i < builder->definition_count; i++)
    count += is_shown(builder, i, parent);
  LspDocumentSymbol *symbols = arena_allocate_array(builder->arena, count, sizeof *symbols);
  for (size_t i = 0; symbols && i < builder->definition_count; i++) {
    if (!is_shown(builder, i, parent))
      continue;
    symbols[next] = make_symbol(builder, i);
    if (builder->definitions[i].kind == DEFINITION_CLASS)
      symbols[next].children = children_of(builder, (int)i);
    next++;
  }
  return (JsonArray){symbols, next};
}

static void reply_flat(SymbolBuilder *builder, RpcRequest *request) {
  LspSymbolInformation *symbols = arena_allocate_array(builder->arena, builder->test_count, sizeof *symbols);
  for (size_t i = 0; symbols && i < builder->test_count; i++) {
    const Definition *definition = &builder->definitions[builder->tests[i].definition];
    symbols[i] = (LspSymbolInformation){
        .name = definition->qualified_name,
        .kind = definition->kind == DEFINITION_METHOD ? LSP_SYMBOL_METHOD : LSP_SYMBOL_FUNCTION,
        .location = {string_view_from(builder->document->uri),
                     document_range(builder->session, builder->document, definition->span)},
    };
  }
  rpc_request_reply_array(request, &lsp_symbol_information_type,
                          (JsonArray){symbols, symbols ? builder->test_count : 0});
}

void handle_document_symbol(void *context, RpcRequest *request, const void *params) {
  const LspDocumentSymbolParams *symbols = params;
  const Session *session = context;
  Document *document = document_find(context, symbols->text_document.uri);
  if (!document || !document->analysis) {
    rpc_request_reply_array(request, &lsp_document_symbol_type, (JsonArray){0});
    return;
  }
  SymbolBuilder builder = {.session = session, .document = document, .arena = rpc_request_arena(request)};
  builder.definitions = analysis_definitions(document->analysis, &builder.definition_count);
  builder.tests = analysis_tests(document->analysis, &builder.test_count);
  if (session->client.knows_hierarchical_symbols)
    rpc_request_reply_array(request, &lsp_document_symbol_type, children_of(&builder, -1));
  else
    reply_flat(&builder, request);
}
