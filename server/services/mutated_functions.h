// The functions of a file as mutation counts them: a verdict on a mutant is evidence about the text of the outermost
// function around it, and ends with that text.
#ifndef TESTGEN_SERVER_SERVICES_MUTATED_FUNCTIONS_H
#define TESTGEN_SERVER_SERVICES_MUTATED_FUNCTIONS_H

#include "server/analyzer/analysis.h"

#define FUNCTION_DIGEST_SIZE 17  // 16 hexadecimal digits and a NUL

// Index of the outermost function or method around an offset; -1 at module and class level.
int mutated_function_at(const FileAnalysis *analysis, uint32_t offset);

// The text that such a function's verdicts speak of: its own with its decorators, or that of the whole file (-1).
Span mutated_function_span(const FileAnalysis *analysis, int function);

void mutated_function_digest(const FileAnalysis *analysis, int function, char ret_digest[FUNCTION_DIGEST_SIZE]);

#endif
