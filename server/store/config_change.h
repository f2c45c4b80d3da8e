// What one step of evolution may change of a configuration: the guardrails of the seeds, and the changes next to one.
#ifndef TESTGEN_SERVER_STORE_CONFIG_CHANGE_H
#define TESTGEN_SERVER_STORE_CONFIG_CHANGE_H

#include "server/store/store.h"

#define CONFIG_EPSILON 1e-9

// 0 when `to` is a valid configuration that is no further from `from` than a step: the temperature and the weights by
// 0.1, tests and rounds by 1. INVALID_ARGUMENT names the knob.
int config_change_check(const ConfigReport *from, const ConfigReport *to, Error *ret_error);

// The configuration with other values for some knobs: an object. INVALID_ARGUMENT names what is no knob.
int config_merge(const ConfigReport *current, const JsonValue *values, Arena *arena, ConfigReport *ret_config,
                 Error *ret_error);

// Whether a model may propose another value for the knob.
bool config_may_change(StringView name);

// The smallest steps, up and down, of every knob that is a number; `move` from 0 to CONFIG_MOVES - 1. False when it
// leads out of the ranges, or when it changes what only a model heeds and there is none. The version goes up; NO_MEMORY
// leaves it absent.
#define CONFIG_MOVES 14
bool config_move(const ConfigReport *from, size_t move, bool has_model, Arena *arena, ConfigReport *ret_to);

// {"knob": [from, to]} for every knob that differs, apart from the version.
int config_changes(const ConfigReport *from, const ConfigReport *to, Arena *arena, const JsonValue **ret_changes,
                   Error *ret_error);

bool config_changes_equal(const JsonValue *left, const JsonValue *right, Arena *arena);

// "1.0.1" from "1.0.0". A version of another form gets ".1" behind it. Absent when memory is exhausted.
StringView config_next_version(StringView version, Arena *arena);

#endif
