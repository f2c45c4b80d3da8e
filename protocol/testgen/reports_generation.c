#include "protocol/testgen/reports.h"

#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"

const char *const run_event_names[] = {
    [EVENT_START] = "start",           [EVENT_TEST] = "test",         [EVENT_PROGRESS] = "progress",
    [EVENT_REFLECTION] = "reflection", [EVENT_COMPLETE] = "complete", [EVENT_ERROR] = "error",
    [EVENT_KIND_COUNT] = NULL,
};

static const JsonField accepted_test_fields[] = {
    JSON_FIELD(AcceptedTest, id, STRING, JSON_REQUIRED, "pytest's node id."),
    JSON_FIELD(AcceptedTest, name, STRING, JSON_REQUIRED, "The function."),
    JSON_FIELD(AcceptedTest, path, STRING, JSON_REQUIRED, "The file it belongs into."),
    JSON_FIELD_NAMED(AcceptedTest, category, ENUM, JSON_REQUIRED, category_names, "What kind of behaviour it checks."),
    JSON_FIELD(AcceptedTest, origin, STRING, JSON_REQUIRED, "spec, characterisation, property, mutant or model."),
    JSON_FIELD(AcceptedTest, reasoning, STRING, JSON_REQUIRED, "Why it is worth having."),
    JSON_FIELD(AcceptedTest, requirement, STRING, 0, "Of the spec."),
    JSON_FIELD(AcceptedTest, strength, UINTEGER, JSON_REQUIRED, "Assertion strength, 0 to 100."),
    JSON_FIELD(AcceptedTest, kills, OPTIONAL_INTEGER, 0,
               "Changes of the code that neither the suite notices nor an accepted test before it."),
    JSON_FIELD(AcceptedTest, new_lines, OPTIONAL_INTEGER, 0, "Lines of the code, likewise."),
    JSON_FIELD(AcceptedTest, new_branches, OPTIONAL_INTEGER, 0, "Branches of the code, likewise."),
    JSON_FIELD(AcceptedTest, new_boundaries, OPTIONAL_INTEGER, 0,
               "Values just below, on or just above what a comparison of the code compares with, likewise."),
    JSON_FIELD(AcceptedTest, new_requirements, OPTIONAL_INTEGER, 0, "Requirements of the spec, likewise."),
    JSON_FIELD(AcceptedTest, confidence, DOUBLE, JSON_REQUIRED,
               "1 for what a spec states, lower for what was only observed."),
    JSON_FIELD(AcceptedTest, code, STRING, JSON_REQUIRED, "The test as it is written."),
};
const JsonType accepted_test_type = JSON_TYPE(AcceptedTest, accepted_test_fields, "A test that passed every guard.");

static const JsonField rejected_test_fields[] = {
    JSON_FIELD(RejectedTest, id, STRING, JSON_REQUIRED, "pytest's node id."),
    JSON_FIELD(RejectedTest, guard, STRING, JSON_REQUIRED, "Which guard."),
    JSON_FIELD(RejectedTest, reason, STRING, JSON_REQUIRED, "Its stable reason code."),
    JSON_FIELD(RejectedTest, message, STRING, JSON_REQUIRED, "The reason for people."),
    JSON_FIELD(RejectedTest, code, STRING, 0, "The test as it was proposed."),
};
const JsonType rejected_test_type = JSON_TYPE(RejectedTest, rejected_test_fields, "A test that a guard rejected.");

static const JsonField unanswered_fields[] = {
    JSON_FIELD(Unanswered, requirement, STRING, JSON_REQUIRED, "What it is about."),
    JSON_FIELD(Unanswered, reason, STRING, JSON_REQUIRED, "Why there is no oracle."),
};
static const JsonType unanswered_type =
    JSON_TYPE(Unanswered, unanswered_fields, "What no test was written for, because nothing says what is right.");

static const JsonField disagreement_fields[] = {
    JSON_FIELD(Disagreement, requirement, STRING, JSON_REQUIRED, "What it is about."),
    JSON_FIELD(Disagreement, specification, STRING, JSON_REQUIRED, "What the spec says."),
    JSON_FIELD(Disagreement, observed, STRING, JSON_REQUIRED, "What the code does."),
    JSON_FIELD(Disagreement, origin, STRING, 0,
               "spec: its own example or words; absent: the documentation of the code; model: how a model reads the "
               "clause, which may be wrong."),
    JSON_FIELD(Disagreement, code, STRING, JSON_REQUIRED, "The test that shows it."),
    JSON_FIELD(Disagreement, stated, STRING_ARRAY, 0, "The sentences and examples that say it, as the spec has them."),
    JSON_FIELD(Disagreement, function, STRING, 0, "Whose documentation says it; absent: a spec does."),
};
static const JsonType disagreement_type =
    JSON_TYPE(Disagreement, disagreement_fields, "A test from the spec that fails on the code.");

static const JsonField file_edit_fields[] = {
    JSON_FIELD(FileEdit, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(FileEdit, created, BOOL, JSON_REQUIRED, "It does not exist yet."),
    JSON_FIELD(FileEdit, start, UINTEGER, JSON_REQUIRED, "First byte that is replaced."),
    JSON_FIELD(FileEdit, end, UINTEGER, JSON_REQUIRED, "The byte behind the last one."),
    JSON_FIELD(FileEdit, text, STRING, JSON_REQUIRED, "What stands there afterwards."),
    JSON_FIELD(FileEdit, digest, STRING, 0, "SHA-256 of the file as it was read."),
};
const JsonType file_edit_type = JSON_TYPE(FileEdit, file_edit_fields, "One change of one file.");

static const JsonField environment_report_fields[] = {
    JSON_FIELD(EnvironmentReport, platform, STRING, JSON_REQUIRED, "Kernel, its version and the machine."),
    JSON_FIELD(EnvironmentReport, container, BOOL, JSON_REQUIRED, "Docker, Podman or the like was recognised."),
    JSON_FIELD(EnvironmentReport, processors, INTEGER, JSON_REQUIRED, "That may be used."),
    JSON_FIELD(EnvironmentReport, memory_bytes, INTEGER, JSON_REQUIRED, "Of the machine."),
    JSON_FIELD(EnvironmentReport, interpreter, STRING, JSON_REQUIRED, "That ran the tests."),
    JSON_FIELD(EnvironmentReport, python, STRING, JSON_REQUIRED, "Its version."),
    JSON_FIELD(EnvironmentReport, pytest, STRING, JSON_REQUIRED, "The version."),
    JSON_FIELD(EnvironmentReport, coverage, STRING, 0, "The version, where it is installed."),
    JSON_FIELD(EnvironmentReport, hypothesis, STRING, 0, "The version, where it is installed."),
    JSON_FIELD(EnvironmentReport, sandbox, STRING, JSON_REQUIRED, "bubblewrap, or none."),
    JSON_FIELD(EnvironmentReport, tools, STRING_ARRAY, JSON_REQUIRED,
               "Programs in PATH, of those that are looked for."),
    JSON_FIELD(EnvironmentReport, prohibited, STRING_ARRAY, JSON_REQUIRED, "Tools that the code may not use."),
    JSON_FIELD(EnvironmentReport, files, STRING_ARRAY, JSON_REQUIRED, "The first files of the workspace, by path."),
    JSON_FIELD(EnvironmentReport, file_count, INTEGER, JSON_REQUIRED, "Of all of them."),
};
const JsonType environment_report_type =
    JSON_TYPE(EnvironmentReport, environment_report_fields, "Where the tests were proven.");

static const JsonField implementation_attempt_fields[] = {
    JSON_FIELD(ImplementationAttempt, code, STRING, 0, "The whole module; absent: the answer had none."),
    JSON_FIELD(ImplementationAttempt, passed, UINTEGER, JSON_REQUIRED, "Tests that pass with it."),
    JSON_FIELD(ImplementationAttempt, failed, UINTEGER, JSON_REQUIRED, "Tests that do not."),
    JSON_FIELD(ImplementationAttempt, problems, STRING_ARRAY, JSON_REQUIRED,
               "The tests that failed and why, or why none was run."),
};
static const JsonType implementation_attempt_type =
    JSON_TYPE(ImplementationAttempt, implementation_attempt_fields, "An answer that was tried as the code of a spec.");

static const JsonField implementation_report_fields[] = {
    JSON_FIELD(ImplementationReport, path, STRING, JSON_REQUIRED, "Where the code is, or would be; relative."),
    JSON_FIELD(ImplementationReport, subject, STRING, JSON_REQUIRED, "The class or function."),
    JSON_FIELD(ImplementationReport, complete, BOOL, JSON_REQUIRED, "Every test passes with it."),
    JSON_FIELD(ImplementationReport, code, STRING, 0,
               "Of the last attempt when it is complete, else of the one that most tests passed with."),
    JSON_FIELD_OF(ImplementationReport, attempts, ARRAY, JSON_REQUIRED, implementation_attempt_type,
                  "In the order in which they were made."),
};
const JsonType implementation_report_type =
    JSON_TYPE(ImplementationReport, implementation_report_fields, "The code that was written for a spec.");

static const JsonField evidence_part_fields[] = {
    JSON_FIELD(EvidencePart, of, STRING, JSON_REQUIRED, "mutants, lines and branches, or requirements."),
    JSON_FIELD_NAMED(EvidencePart, basis, ENUM, JSON_REQUIRED, basis_names, "What the numbers rest on."),
    JSON_FIELD(EvidencePart, before, OPTIONAL_INTEGER, 0, "Of the suite: how many it notices, reaches or is for."),
    JSON_FIELD(EvidencePart, after, OPTIONAL_INTEGER, 0, "Of the suite with the accepted tests."),
    JSON_FIELD(EvidencePart, total, OPTIONAL_INTEGER, 0, "How many there are."),
    JSON_FIELD(EvidencePart, weight, DOUBLE, JSON_REQUIRED,
               "Its share of the value, 0 to 1; 0 when it does not apply. What was not measured earns nothing."),
    JSON_FIELD(EvidencePart, source, STRING, 0, "What was counted, or why nothing was."),
};
static const JsonType evidence_part_type =
    JSON_TYPE(EvidencePart, evidence_part_fields, "One kind of evidence for how much tests would notice.");

static const JsonField comprehensiveness_report_fields[] = {
    JSON_FIELD(ComprehensivenessReport, value, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "0 to 10, of the suite with the accepted tests; null when nothing was measured."),
    JSON_FIELD(ComprehensivenessReport, before, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "0 to 10, of the suite alone; null when that is not known."),
    JSON_FIELD(ComprehensivenessReport, model_grade, OPTIONAL_DOUBLE, 0,
               "0 to 10: what the model says of its tests. It is kept beside the value and never part of it."),
    JSON_FIELD_OF(ComprehensivenessReport, parts, ARRAY, JSON_REQUIRED, evidence_part_type,
                  "What the value was measured from."),
};
const JsonType comprehensiveness_report_type =
    JSON_TYPE(ComprehensivenessReport, comprehensiveness_report_fields,
              "How much of the subject's behaviour its tests would notice, from what was measured.");

static const JsonField round_report_fields[] = {
    JSON_FIELD(RoundReport, wanted, STRING, JSON_REQUIRED, "tests, or code."),
    JSON_FIELD(RoundReport, model, STRING, JSON_REQUIRED, "The model that was asked."),
    JSON_FIELD(RoundReport, question, STRING, 0,
               "SHA-256 of what was sent, without the key; the file of the kept answer is named by it."),
    JSON_FIELD(RoundReport, answer, STRING, 0, "SHA-256 of the answer's text; absent: there is none."),
    JSON_FIELD(RoundReport, kept, BOOL, JSON_REQUIRED, "The answer was given before, and cost nothing."),
    JSON_FIELD(RoundReport, cut, BOOL, JSON_REQUIRED, "The answer breaks off."),
    JSON_FIELD(RoundReport, proposed, UINTEGER, JSON_REQUIRED, "Tests that were read from it."),
    JSON_FIELD(RoundReport, accepted, UINTEGER, JSON_REQUIRED, "Tests of it that passed every guard."),
    JSON_FIELD(RoundReport, rejected, UINTEGER, JSON_REQUIRED, "Tests of it that did not."),
    JSON_FIELD(RoundReport, problems, STRING_ARRAY, JSON_REQUIRED,
               "What could not be read of the answer, or why there is none."),
    JSON_FIELD(RoundReport, comprehensiveness, OPTIONAL_DOUBLE, 0,
               "0 to 10, of the suite with all tests that were accepted by then; absent: not measured."),
    JSON_FIELD(RoundReport, reflection, STRING, 0, "Why the model was asked again; absent after the last round."),
    JSON_FIELD(RoundReport, tokens, INTEGER, JSON_REQUIRED, "Read and written."),
    JSON_FIELD(RoundReport, cost_cents, OPTIONAL_DOUBLE, 0, "By the prices of the settings; absent without them."),
    JSON_FIELD(RoundReport, duration_ms, DOUBLE, JSON_REQUIRED, "Until the answer was there."),
};
static const JsonType round_report_type =
    JSON_TYPE(RoundReport, round_report_fields, "One question to a model, and what came of its answer.");

static const JsonField generate_report_fields[] = {
    JSON_FIELD(GenerateReport, run_id, STRING, 0, "The run in the history."),
    JSON_FIELD(GenerateReport, status, STRING, JSON_REQUIRED,
               "complete; timeout or cancelled when it was stopped, which keeps what had passed every guard."),
    JSON_FIELD(GenerateReport, target, STRING, JSON_REQUIRED, "What it was for."),
    JSON_FIELD(GenerateReport, subject, STRING, 0, "The code that the tests are of, FILE or FILE::NAME."),
    JSON_FIELD(GenerateReport, subject_digest, STRING, 0, "Of the text of its file."),
    JSON_FIELD(GenerateReport, provider, STRING, JSON_REQUIRED, "Who proposed the tests."),
    JSON_FIELD(GenerateReport, model, STRING, 0, "The model that was asked."),
    JSON_FIELD(GenerateReport, context, STRING, JSON_REQUIRED, "Which categories are in play."),
    JSON_FIELD(GenerateReport, written, BOOL, JSON_REQUIRED, "The files were changed."),
    JSON_FIELD_OF(GenerateReport, accepted, ARRAY, JSON_REQUIRED, accepted_test_type, "Tests that passed every guard."),
    JSON_FIELD_OF(GenerateReport, rejected, ARRAY, JSON_REQUIRED, rejected_test_type, "Tests that did not."),
    JSON_FIELD_OF(GenerateReport, unanswered, ARRAY, JSON_REQUIRED, unanswered_type, "What no test was written for."),
    JSON_FIELD_OF(GenerateReport, disagreements, ARRAY, JSON_REQUIRED, disagreement_type,
                  "Where spec and code differ."),
    JSON_FIELD_OF(GenerateReport, edits, ARRAY, JSON_REQUIRED, file_edit_type,
                  "The changes, in order; offsets are of the text as it was."),
    JSON_FIELD(GenerateReport, score_before, OPTIONAL_INTEGER, JSON_REQUIRED | JSON_NULLABLE, "Of the suite."),
    JSON_FIELD(GenerateReport, score_after, OPTIONAL_INTEGER, JSON_REQUIRED | JSON_NULLABLE,
               "Of the suite with the accepted tests."),
    JSON_FIELD(GenerateReport, line_gain, UINTEGER, JSON_REQUIRED,
               "Lines that only the accepted tests reach, as far as that was measured."),
    JSON_FIELD_OF(GenerateReport, comprehensiveness, POINTER, 0, comprehensiveness_report_type,
                  "How much of the subject's behaviour its tests would notice now."),
    JSON_FIELD(GenerateReport, duration_ms, DOUBLE, JSON_REQUIRED, "Of the whole run."),
    JSON_FIELD(GenerateReport, tokens, INTEGER, JSON_REQUIRED, "Spent; 0 without a model."),
    JSON_FIELD(GenerateReport, cost_cents, OPTIONAL_DOUBLE, 0, "By the prices of the settings; absent without them."),
    JSON_FIELD(GenerateReport, rounds, UINTEGER, JSON_REQUIRED, "Questions to a model; 0 without one."),
    JSON_FIELD_OF(GenerateReport, trajectory, ARRAY, 0, round_report_type, "The questions, in their order."),
    JSON_FIELD_OF(GenerateReport, environment, POINTER, 0, environment_report_type, "Where the tests were proven."),
    JSON_FIELD_OF(GenerateReport, implementation, POINTER, 0, implementation_report_type,
                  "The code that was written for the spec, of testgen.implement."),
    JSON_FIELD(GenerateReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and why."),
};
const JsonType generate_report_type =
    JSON_TYPE(GenerateReport, generate_report_fields,
              "What was generated, what was rejected and why, and what could not be answered.");

static const JsonField spent_report_fields[] = {
    JSON_FIELD(SpentReport, tokens, INTEGER, JSON_REQUIRED, "Read and written by the model."),
    JSON_FIELD(SpentReport, token_budget, INTEGER, JSON_REQUIRED, "What the generation may spend."),
    JSON_FIELD(SpentReport, cost_cents, OPTIONAL_DOUBLE, 0, "By the prices of the settings; absent without them."),
    JSON_FIELD(SpentReport, budget_cents, OPTIONAL_INTEGER, 0, "What it may cost; absent: anything."),
};
static const JsonType spent_report_type =
    JSON_TYPE(SpentReport, spent_report_fields, "What a generation has spent on its model.");

static const JsonField run_event_fields[] = {
    JSON_FIELD(RunEvent, run_id, STRING, JSON_REQUIRED, "The run."),
    JSON_FIELD(RunEvent, uri, STRING, 0, "The folder of the workspace."),
    JSON_FIELD_NAMED(RunEvent, kind, ENUM, JSON_REQUIRED, run_event_names, "What kind of event."),
    JSON_FIELD(RunEvent, message, STRING, JSON_REQUIRED, "One line for people."),
    JSON_FIELD(RunEvent, done, OPTIONAL_INTEGER, 0, "How much is done."),
    JSON_FIELD(RunEvent, total, OPTIONAL_INTEGER, 0, "Of how much."),
    JSON_FIELD_OF(RunEvent, test, POINTER, 0, accepted_test_type, "The accepted test, of a generation."),
    JSON_FIELD_OF(RunEvent, rejected, POINTER, 0, rejected_test_type,
                  "The test that a guard has rejected, of a generation."),
    JSON_FIELD_OF(RunEvent, environment, POINTER, 0, environment_report_type,
                  "Where tests are proven, and the tools they may not use, of a generation."),
    JSON_FIELD_OF(RunEvent, spent, POINTER, 0, spent_report_type, "What its model has cost so far, of a generation."),
    JSON_FIELD_OF(RunEvent, mutant, POINTER, 0, mutant_report_type,
                  "The mutant that has just survived, of a mutation."),
};
const JsonType run_event_type = JSON_TYPE(RunEvent, run_event_fields, "Something that happened during a run.");
