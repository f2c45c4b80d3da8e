// What our commands take and give: one struct and one field table each. The server answers with them, the CLI prints
// them, the store keeps them, docs/schemas is generated from them. Names on the wire are snake_case, times ISO 8601 in
// UTC, paths relative to the workspace, lines and columns 1-based (columns in characters).
#ifndef TESTGEN_PROTOCOL_TESTGEN_REPORTS_H
#define TESTGEN_PROTOCOL_TESTGEN_REPORTS_H

#include "protocol/json/json.h"

// ---- Parameters ----

typedef struct ScoreParams {
  StringView path;  // folder or file; absent: the workspace
} ScoreParams;

typedef struct CheckParams {
  StringView path;
} CheckParams;

typedef struct GapsParams {
  StringView path;      // report only what lies below
  StringView coverage;  // a coverage file; absent: the newest one found, or a run
  bool run;             // run the tests now, whatever file there is
  StringView of_run;    // or: what this run of tests in the history measured
} GapsParams;

typedef struct RunTestsParams {
  JsonArray ids;  // StringView: node ids or paths; none: everything
  bool coverage;
  bool by_test;  // with coverage: which lines each test reached, and which branches it took
} RunTestsParams;

// A mutant that survived, as it stands in MutantReport.
typedef struct KillParams {
  uint32_t line;
  uint32_t column;
  uint32_t end_line;
  uint32_t end_column;
  StringView original;
  StringView replacement;
} KillParams;

typedef struct GenerateParams {
  StringView target;     // a spec file, a source file, FILE::NAME, or the name of a spec in the workspace
  StringView uri;        // or: the document,
  OptionalInteger line;  // and the 0-based line in it, of the function or spec entry
  bool write;            // put accepted tests into the files
  OptionalInteger max_tests;
  OptionalInteger seed;
  const KillParams *kill;  // one test, which must fail with this change of the target; NULL: every test that passes
  StringView answer;       // a model's, from which the tests come; absent: the provider of the settings proposes
  bool ask_again;          // a model, also what it has answered before
  bool offline;            // only answers that were kept
} GenerateParams;

typedef struct ImplementParams {
  StringView target;  // a spec file, or the name of a spec in the workspace
  StringView uri;     // or: the document
  bool write;         // put the tests and the code into files, when every test passes
  OptionalInteger max_tests;
  StringView answer;  // of a model, with the code in it; absent: the provider of the settings is asked
  bool ask_again;
  bool offline;
} ImplementParams;

typedef struct MutateParams {
  StringView target;        // a source file, FILE::NAME, or a folder; absent, and no `targets`: the workspace
  JsonArray targets;        // StringView: more of them
  StringView diff;          // only lines that differ between this revision and the working tree
  StringView since;         // only files that changed since the merge base with this revision
  StringView sample;        // "200" or "10%" of the mutants; absent: all
  OptionalInteger seed;     // of the sample; absent: the setting
  OptionalInteger workers;  // processes at a time; absent: one per processor
  bool fresh;               // judge also what an earlier run has judged
  JsonArray tests;          // StringView: node ids or files of tests; none: all
  bool reach;               // say of each function which tests reach it
  bool background;          // at low priority
} MutateParams;

typedef struct BoundaryParams {
  StringView target;  // a source file, FILE::NAME, or a folder; absent: the workspace
} BoundaryParams;

typedef struct CheatsParams {
  StringView target;        // a source file, FILE::NAME, or a folder; absent: the workspace
  OptionalInteger workers;  // processes at a time; absent: one per processor
} CheatsParams;
typedef struct ValueParams {
  StringView target;  // these as in MutateParams
  JsonArray targets;
  StringView diff;
  StringView since;
  StringView sample;
  OptionalInteger seed;
  OptionalInteger workers;
} ValueParams;

typedef struct HistoryParams {
  StringView uri;          // a folder of the workspace, or what lies in it; absent: the first
  StringView kind;         // only runs of this kind
  StringView text;         // only runs that say this
  OptionalInteger limit;   // 1 to 1000; 50 when absent
  OptionalInteger before;  // the `next` of the page before
} HistoryParams;

typedef struct RunParams {
  StringView uri;  // as in HistoryParams
  StringView run_id;
} RunParams;

typedef struct TrendParams {
  StringView uri;         // as in HistoryParams
  OptionalInteger limit;  // 1 to 10000; 1000 when absent
} TrendParams;

typedef struct ExplainParams {
  StringView uri;
  uint32_t line;  // 0-based
} ExplainParams;

typedef struct ExplainReport {
  StringView markdown;  // absent: there is nothing to explain
} ExplainReport;

typedef struct EvolveParams {
  JsonArray targets;        // StringView: what configurations are tried on: specs, files, FILE::NAME; none: every spec
  OptionalInteger steps;    // changes that are tried, one after the other; 1 to 100; absent: 3
  OptionalInteger trials;   // of both configurations on each target; 1 to 100; absent: 3
  OptionalInteger seed;     // absent: the setting
  OptionalInteger workers;  // of the mutants; absent: one per processor
} EvolveParams;

typedef struct ConfigParams {
  StringView action;        // show, list, create, set-current, history, rollback
  OptionalInteger id;       // show, set-current
  const JsonValue *values;  // create: knobs that differ from the current config
} ConfigParams;

typedef struct CancelRunParams {
  StringView run_id;  // absent: everything that runs
} CancelRunParams;

typedef struct EmptyParams {
  bool unused;
} EmptyParams;

extern const JsonType score_params_type, check_params_type, gaps_params_type, run_tests_params_type,
    generate_params_type, implement_params_type, mutate_params_type, boundary_params_type, cheats_params_type,
    value_params_type, history_params_type, run_params_type, trend_params_type, explain_params_type,
    explain_report_type, evolve_params_type, config_params_type, cancel_run_params_type, empty_params_type;

// ---- Score ----

typedef struct ComponentReport {
  double points;         // earned
  double maximum;        // that this component can earn
  OptionalNumber value;  // 0-10 for comprehensiveness, 0-1 for the others; absent unless measured or estimated
  int basis;             // ScoreBasis
  StringView source;     // what it was measured from, or why it was not
} ComponentReport;

typedef struct TestReport {
  StringView id;  // path::node
  StringView path;
  uint32_t line;
  uint32_t strength;   // 0-100
  int band;            // StrengthBand
  int category;        // TestCategory
  double confidence;   // of the category
  JsonArray parts;     // StrengthPartReport
  JsonArray subjects;  // StringView: qualified names, best first
} TestReport;

typedef struct StrengthPartReport {
  StringView rule;
  int64_t points;
  StringView explanation;
  uint32_t line;
} StrengthPartReport;

typedef struct CategoryCount {
  int category;
  uint32_t count;
} CategoryCount;

typedef struct ScoreComponents {
  ComponentReport comprehensiveness;
  ComponentReport balance;
  ComponentReport anti_cheat;
  ComponentReport efficiency;
} ScoreComponents;

typedef struct ScoreReport {
  StringView run_id;
  StringView path;
  int64_t score;
  int64_t of;  // what could be earned by what was measured
  ScoreComponents components;
  JsonArray categories;    // CategoryCount, those in play
  uint32_t strength_mean;  // of all tests
  JsonArray bands;         // int64_t: tests per band
  uint32_t test_count;
  uint32_t file_count;
  uint32_t line_count;
  JsonArray tests;  // TestReport
  JsonArray notes;  // StringView: files left alone and why
} ScoreReport;

extern const JsonType score_report_type, component_report_type, test_report_type;

// ---- Findings ----

typedef struct FindingReport {
  StringView path;
  uint32_t line;
  uint32_t column;
  uint32_t end_line;
  uint32_t end_column;
  StringView code;
  StringView severity;  // error, warning, information, hint
  StringView message;
} FindingReport;

typedef struct CheckReport {
  StringView run_id;
  JsonArray findings;  // FindingReport, by path and position
  uint32_t file_count;
  uint32_t test_count;
  JsonArray notes;  // StringView
} CheckReport;

extern const JsonType finding_report_type, check_report_type;

// ---- Coverage gaps ----

typedef struct LineRangeReport {
  uint32_t first;
  uint32_t last;
} LineRangeReport;

typedef struct BranchReport {
  uint32_t line;
  uint32_t target;  // 0: the exit
} BranchReport;

typedef struct FunctionGapReport {
  StringView function;  // absent: module level
  uint32_t line;
  int risk;  // GapRisk
  uint32_t lines_total;
  uint32_t lines_missing;
  uint32_t branches_total;
  uint32_t branches_missing;
  JsonArray ranges;    // LineRangeReport
  JsonArray branches;  // BranchReport
  uint32_t complexity;
} FunctionGapReport;

typedef struct FileGapReport {
  StringView path;
  bool stale;  // changed since the coverage was measured
  uint32_t lines_total;
  uint32_t lines_missing;
  uint32_t branches_total;
  uint32_t branches_missing;
  JsonArray functions;  // FunctionGapReport, worst first
} FileGapReport;

typedef struct CriticalPathReport {
  StringView path;           // as in the settings
  OptionalNumber coverage;   // 0-1 of lines
  OptionalNumber strength;   // mean of the tests that speak of it
  OptionalNumber kill_rate;  // not measured by this command
  int risk;
} CriticalPathReport;

typedef struct GapsReport {
  StringView run_id;
  StringView format;  // measured, coverage.py json, lcov, cobertura
  StringView source;  // the coverage file; absent: a run of the tests
  StringView measured_at;
  uint32_t lines_total;
  uint32_t lines_missing;
  uint32_t branches_total;
  uint32_t branches_missing;
  JsonArray files;           // FileGapReport, worst first
  JsonArray critical_paths;  // CriticalPathReport
  JsonArray notes;           // StringView
} GapsReport;

extern const JsonType gaps_report_type, file_gap_report_type, function_gap_report_type;

// ---- Mutation ----

typedef struct MutantReport {
  StringView path;
  uint32_t line;
  uint32_t column;
  uint32_t end_line;
  uint32_t end_column;  // exclusive
  StringView function;  // absent: module or class level
  StringView operator;
  StringView original;
  StringView replacement;
  int status;            // MutantStatus
  StringView way;        // "function" or "import"; absent when it was not run
  StringView killed_by;  // absent unless killed
  StringView message;
  uint32_t tests_run;
  bool kept;             // the verdict is that of an earlier run
  JsonArray reached_by;  // StringView: of a survivor, some of the tests
} MutantReport;

// A function, with those nested in it, or what lies outside all functions of a file.
typedef struct MutatedFunctionReport {
  StringView path;
  StringView function;  // absent: outside functions; then the place is that of the whole file
  uint32_t line, column, end_line;
  StringView digest;  // of the text
  uint32_t mutants;   // in it; 0: it was not mutated, and only what reaches it is known
  bool tests_known;
  JsonArray tests;  // StringView: those that reach it
} MutatedFunctionReport;

typedef struct RedTestReport {
  StringView test;
  StringView reason;
} RedTestReport;

typedef struct MutationReport {
  StringView run_id;
  StringView status;  // complete; cancelled, timeout or failed: the mutants without verdict are pending
  StringView target;
  StringView python_version;
  StringView pytest_version;
  uint32_t tests;
  uint32_t killed, survived, no_coverage, timeout, inconclusive, not_run, pending;
  uint32_t kept;         // of all these: with the verdict of an earlier run
  uint32_t not_sampled;  // left out by `sample`; not among `mutants`
  bool whole;            // of the whole workspace: neither a part of it nor what changed
  OptionalNumber kill_rate;
  OptionalNumber kill_rate_low, kill_rate_high;  // of all mutants, by the sample
  JsonArray mutants;                             // MutantReport
  JsonArray functions;                           // MutatedFunctionReport
  JsonArray red_tests;                           // RedTestReport
  const JsonValue *timings;                      // milliseconds by what took them; NULL: not known
  double duration_ms;
  JsonArray notes;  // StringView
} MutationReport;

extern const JsonType mutation_report_type, mutant_report_type, mutated_function_report_type, red_test_report_type;

// ---- Boundaries ----

typedef struct ComparisonReport {
  StringView path;
  uint32_t line, column, end_line, end_column;
  StringView function;  // absent: module or class level
  StringView text;
  StringView operator;  // between operand and boundary, in this order
  StringView operand;
  StringView boundary;
  bool is_boundary_constant;
  StringView kind;   // integer, number, order, equality, none; absent: never evaluated
  StringView types;  // of operands without a distance; else absent
  int64_t evaluated;
  uint32_t tests;
  int64_t below, on, above;
  StringView closest;           // the operand; absent: it cannot be printed
  StringView closest_boundary;  // what it was compared with then
  OptionalNumber distance;
  StringView test;  // that came closest
  int verdict;      // BoundaryVerdict
  StringView digest;
  uint32_t offset, length;
} ComparisonReport;

typedef struct BoundaryReport {
  StringView run_id;
  StringView target;
  uint32_t tests;
  uint32_t tested, only_on, not_on, never, at_import, no_distance;
  OptionalNumber tested_rate;  // 0-1
  JsonArray comparisons;       // ComparisonReport, worst first
  JsonArray red_tests;         // RedTestReport
  double duration_ms;
  JsonArray notes;  // StringView
} BoundaryReport;

extern const JsonType boundary_report_type, comparison_report_type;

// ---- Cheats ----

typedef struct CheatReport {
  int cheat;   // CheatKind
  int status;  // CheatStatus
  bool gap;
  StringView code;
  StringView reason;     // why it was not run; else absent
  StringView killed_by;  // absent unless rejected
  StringView message;
  uint32_t tests_run;
  uint32_t entries;  // of a table that passed: those that were used
  StringView input;  // a call that would have shown it; absent: none was found
  StringView gives;  // what the function does with it
} CheatReport;

typedef struct CheatedFunctionReport {
  StringView path;
  uint32_t line;
  StringView function;
  uint32_t tests;  // that pass and call it
  int64_t calls;
  uint32_t distinct;
  uint32_t complexity;
  OptionalInteger memorisation_index;  // absent: no table of the calls passes
  StringView reason;                   // why no cheat was tried; else absent
  JsonArray cheats;                    // CheatReport
  StringView digest;
} CheatedFunctionReport;

typedef struct CheatsReport {
  StringView run_id;
  StringView target;
  uint32_t tests;
  uint32_t rejected, passed, gaps, timeout, inconclusive, left_out;
  OptionalNumber rejected_rate;  // 0-1
  JsonArray functions;           // CheatedFunctionReport, those with most gaps first
  JsonArray red_tests;           // RedTestReport
  double duration_ms;
  JsonArray notes;  // StringView
} CheatsReport;

extern const JsonType cheats_report_type, cheated_function_report_type, cheat_report_type;

// ---- What tests are worth ----

typedef struct TestValueReport {
  StringView test;  // pytest's node id
  StringView path;
  OptionalInteger line;  // where its name stands, 1-based; absent: the analyzer does not know the test
  StringView digest;     // of the test's text; likewise
  int worth;             // TestWorth
  double seconds;        // on the processor
  uint32_t kills;
  uint32_t sole_kills;      // that no other test kills
  uint32_t reaches;         // mutants on lines that it runs, or that it kills
  uint32_t lines;           // of the files with mutants
  uint32_t sole_lines;      // that no other test runs
  StringView dominated_by;  // absent: no single test kills all that it does, and more
  StringView equals;        // the cheapest test that kills the same; absent: none, or itself
  bool is_kept;             // one of the smallest set that was found
  JsonArray loses;          // int64_t, into `mutants`: what nobody would kill without it
  JsonArray replaced_by;    // StringView: unless it is kept: tests of that set that kill all that it kills
  bool is_blind;            // it starts programs, or stops the tracing: not all lines are seen
  bool is_dependent;        // it was not seen to pass without the tests before it
} TestValueReport;

typedef struct MatrixMutantReport {
  StringView path;
  uint32_t line;
  uint32_t column;
  StringView function;
  StringView operator;
  StringView original;
  StringView replacement;
  int status;         // MutantStatus
  JsonArray killers;  // int64_t, into `values`
  bool is_cut_short;  // there may be more of them
} MatrixMutantReport;

typedef struct ValueReport {
  StringView run_id;
  StringView status;  // as in MutationReport
  StringView target;
  StringView python_version;
  StringView pytest_version;
  uint32_t killed, survived, no_coverage, timeout, inconclusive, not_run, pending, not_sampled;
  bool whole;       // as in MutationReport
  uint32_t lines;   // of the files with mutants, that some test runs
  JsonArray worth;  // WorthCount
  uint32_t kept;
  double seconds;           // of all tests, on the processor
  double reaching_seconds;  // of those that reach this code, or may
  double kept_seconds;
  OptionalNumber efficiency;  // kept_seconds of seconds; absent unless everything was judged
  JsonArray values;           // TestValueReport, in the order of the suite
  JsonArray mutants;          // MatrixMutantReport: those that were judged
  JsonArray red_tests;        // RedTestReport
  const JsonValue *timings;
  double duration_ms;
  JsonArray notes;  // StringView
} ValueReport;

typedef struct WorthCount {
  int worth;
  uint32_t count;
} WorthCount;

extern const JsonType value_report_type;

// ---- Test runs ----

typedef struct TestResultReport {
  StringView id;
  StringView path;
  uint32_t line;
  int outcome;  // TestOutcome
  double duration_ms;
  double cpu_ms;
  StringView message;
  StringView expected;
  StringView actual;
  StringView failure_path;
  uint32_t failure_line;
  StringView detail;
  StringView output;
} TestResultReport;

typedef struct BranchCoverageReport {
  uint32_t line;
  uint32_t target;  // 0: the exit
  bool taken;
} BranchCoverageReport;

typedef struct TestCoverageReport {
  StringView test;
  JsonArray lines;     // LineRangeReport, ascending
  JsonArray branches;  // int64_t, ascending: places in the file's branches
} TestCoverageReport;

typedef struct FileCoverageReport {
  StringView path;
  JsonArray executed;  // LineRangeReport, ascending
  JsonArray missing;   // likewise
  JsonArray branches;  // BranchCoverageReport, by line
  JsonArray tests;     // TestCoverageReport, when it was asked for
} FileCoverageReport;

typedef struct RunTestsReport {
  StringView run_id;
  StringView interpreter;
  StringView python_version;
  StringView pytest_version;
  double duration_ms;
  uint32_t passed, failed, errors, skipped;
  JsonArray tests;               // TestResultReport
  JsonArray collection_errors;   // TestResultReport
  OptionalNumber line_coverage;  // 0-1
  JsonArray coverage;            // FileCoverageReport
  JsonArray notes;               // StringView
} RunTestsReport;

extern const JsonType run_tests_report_type, test_result_report_type;

// ---- Generation ----

typedef struct AcceptedTest {
  StringView id;  // path::name
  StringView name;
  StringView path;
  int category;
  StringView origin;  // spec, characterisation, property, mutant
  StringView reasoning;
  StringView requirement;  // of the spec; absent for characterisation
  uint32_t strength;
  // What it adds to the suite and to the accepted tests before it; absent where that was not measured.
  OptionalInteger kills, new_lines, new_branches, new_boundaries, new_requirements;
  double confidence;  // 0-1: 1 for what a spec states, lower for what was only observed
  StringView code;    // the test function as it is written
} AcceptedTest;

typedef struct RejectedTest {
  StringView id;
  StringView guard;
  StringView reason;   // stable code
  StringView message;  // for people
  StringView code;
} RejectedTest;

typedef struct Unanswered {
  StringView requirement;
  StringView reason;  // why there is no oracle
} Unanswered;

typedef struct Disagreement {
  StringView requirement;
  StringView specification;  // what it says
  StringView observed;       // what the code does
  StringView origin;         // spec: its own example or words; model: a test that a model says is for them
  StringView code;           // the test that shows it
  JsonArray stated;          // StringView: the sentences and examples that say it, as they stand in the spec
  StringView function;       // whose documentation says it; absent: a spec does
} Disagreement;

typedef struct FileEdit {
  StringView path;
  bool created;
  uint32_t start;  // byte offset of the insertion into the text whose digest is `digest`
  uint32_t end;
  StringView text;    // what replaces it; the whole text of a created file
  StringView digest;  // of the file as it was read; absent for a created one
} FileEdit;

// Where tests were proven. Bounded: of lists only the beginning, with a count of the whole.
typedef struct EnvironmentReport {
  StringView platform;     // "Linux 6.1.0 x86_64"
  bool container;          // Docker, Podman or the like was recognised
  int64_t processors;      // that may be used
  int64_t memory_bytes;    // of the machine
  StringView interpreter;  // path
  StringView python;       // version, and so the next three
  StringView pytest;
  StringView coverage;    // absent: not installed
  StringView hypothesis;  // likewise
  StringView sandbox;     // bubblewrap, or none
  JsonArray tools;        // StringView: of a fixed list of names, those in PATH
  JsonArray prohibited;   // StringView: by the settings and by the spec
  JsonArray files;        // StringView: of the workspace, by path
  int64_t file_count;
} EnvironmentReport;

// One answer that was tried as the code of a spec.
typedef struct ImplementationAttempt {
  StringView code;  // absent: the answer had none
  uint32_t passed, failed;
  JsonArray problems;  // StringView: tests that failed and why, or why none was run
} ImplementationAttempt;

typedef struct ImplementationReport {
  StringView path;  // relative: where the code is, or would be
  StringView subject;
  bool complete;       // every test passes
  StringView code;     // of the last attempt when it is complete, else of the one that most tests passed with
  JsonArray attempts;  // ImplementationAttempt
} ImplementationReport;

// One kind of evidence for how much of a subject's behaviour tests would notice.
typedef struct EvidencePart {
  StringView of;                         // mutants, "lines and branches", requirements
  int basis;                             // BASIS_MEASURED, _NOT_MEASURED or _NOT_APPLICABLE
  OptionalInteger before, after, total;  // of the suite; of the suite with the accepted tests
  double weight;                         // of the value; 0 when it does not apply
  StringView source;                     // what was counted, or why nothing was
} EvidencePart;

typedef struct ComprehensivenessReport {
  OptionalNumber value;        // 0-10, of the suite with the accepted tests; absent when nothing was measured
  OptionalNumber before;       // likewise, of the suite
  OptionalNumber model_grade;  // 0-10: what the model says of its tests; never part of the value
  JsonArray parts;             // EvidencePart
} ComprehensivenessReport;

// One question to a model, and what came of its answer. What was asked and answered is kept elsewhere, by its digest.
typedef struct RoundReport {
  StringView wanted;    // tests, or code
  StringView model;     // that was asked
  StringView question;  // SHA-256 of what was sent, without the key; the name of the kept answer
  StringView answer;    // SHA-256 of its text; absent: there is none
  bool kept;            // the answer was given before, and cost nothing
  bool cut;             // it breaks off
  uint32_t proposed;    // tests that were read from it
  uint32_t accepted, rejected;
  JsonArray problems;                // StringView: what could not be read of it, or why there is none
  OptionalNumber comprehensiveness;  // 0-10, of the suite with all tests that were accepted by then
  StringView reflection;             // why it was asked again; absent after the last round
  int64_t tokens;                    // read and written
  OptionalNumber cost_cents;
  double duration_ms;  // of the question, until its answer was there
} RoundReport;

typedef struct GenerateReport {
  StringView run_id;
  StringView status;  // complete; timeout or cancelled: accepted holds what had passed every guard by then
  StringView target;
  StringView subject;         // FILE or FILE::NAME: the code that the tests are of; absent: none was found
  StringView subject_digest;  // of the file's text; absent: likewise, or it is not written yet
  StringView provider;
  StringView model;  // absent without one
  StringView context;
  bool written;
  JsonArray accepted;       // AcceptedTest
  JsonArray rejected;       // RejectedTest
  JsonArray unanswered;     // Unanswered
  JsonArray disagreements;  // Disagreement
  JsonArray edits;          // FileEdit; not applied unless `written`
  OptionalInteger score_before;
  OptionalInteger score_after;
  uint32_t line_gain;  // lines that only the accepted tests reach, as far as that was measured
  const ComprehensivenessReport *comprehensiveness;  // NULL: a test for one change was asked for, or none was run
  double duration_ms;
  int64_t tokens;
  OptionalNumber cost_cents;
  uint32_t rounds;
  JsonArray trajectory;                        // RoundReport
  const EnvironmentReport *environment;        // NULL: the generation ended before anything was run
  const ImplementationReport *implementation;  // NULL: no code was asked for
  JsonArray notes;                             // StringView
} GenerateReport;

extern const JsonType environment_report_type, implementation_report_type, comprehensiveness_report_type;
extern const JsonType generate_report_type, accepted_test_type, rejected_test_type, file_edit_type;

// ---- History ----

typedef struct RunSummary {
  int64_t sequence;  // pages go by it
  StringView run_id;
  StringView kind;    // generation, scoring, gaps, test, mutation, value
  StringView status;  // complete, cancelled, timeout, failed
  StringView title;   // "Generated 6 tests for pricing.py::total"
  StringView created_at;
  double duration_ms;
  OptionalInteger score;
  OptionalInteger of;
  uint32_t test_count;
  uint32_t passed;
  uint32_t failed;
  StringView task_id;
  StringView revision;  // the commit that was checked out
  bool whole;           // it speaks of the whole workspace
  OptionalInteger score_before;
  OptionalNumber kill_rate;      // 0-1
  OptionalNumber line_coverage;  // 0-1
  int64_t tokens;
  OptionalNumber cost_cents;
} RunSummary;

typedef struct RunsPage {
  JsonArray runs;        // RunSummary, newest first
  OptionalInteger next;  // give as `before` for the next page; absent on the last one
  int64_t total;
  int64_t matching;
} RunsPage;

typedef struct TrendPoint {
  StringView run_id;
  StringView kind;
  StringView created_at;
  StringView revision;
  OptionalInteger score;  // this and what follows: absent unless it was measured
  OptionalInteger of;
  OptionalNumber kill_rate;
  OptionalNumber line_coverage;
  int64_t tokens;
  OptionalNumber cost_cents;
} TrendPoint;

typedef struct TrendReport {
  JsonArray points;  // TrendPoint, oldest first
  bool cut;          // there are older ones
} TrendReport;

typedef struct RunFile {
  StringView path;
  StringView digest;
} RunFile;

typedef struct RunDetail {
  RunSummary summary;
  JsonArray files;          // RunFile: what it was measured on
  const JsonValue *report;  // the whole report of its kind
} RunDetail;

extern const JsonType run_summary_type, runs_page_type, run_detail_type, trend_report_type;

typedef struct StatsReport {
  int64_t total_runs;
  int64_t total_configs;
  OptionalNumber average_score;
  OptionalInteger best_score;
  OptionalNumber average_comprehensiveness;
  OptionalNumber average_efficiency;
  int64_t config_evolution_count;
  int64_t generated_tests;
  int64_t test_results;
} StatsReport;

extern const JsonType stats_report_type;

typedef struct ConfigReport {
  int64_t id;
  StringView version;
  StringView config_hash;
  bool is_current;
  StringView created_at;
  double temperature;
  int64_t max_tokens;
  int64_t min_tests_per_category;
  int64_t max_tests_per_category;
  int64_t max_rounds_per_category;
  double environment_weight;
  double anti_cheat_weight;
  double precision_weight;
  JsonArray category_order;  // int, TestCategory
  const JsonValue *category_prompts;
  StringView anti_cheat_prompt;
  StringView reflection_prompt;
  StringView primary_model;
  StringView reflection_model;
  double min_comprehensiveness_score;
  double target_comprehensiveness_score;
} ConfigReport;

// Both configurations on one target with one seed. Points: 0 to 1000, see docs/evolution.md.
typedef struct EvolutionTrial {
  StringView target;
  int64_t seed;
  double current, candidate;
} EvolutionTrial;

// A change of one configuration into another one, and what trials said of it.
typedef struct EvolutionStep {
  int64_t id;
  int64_t from_id;
  int64_t to_id;
  const JsonValue *changes;  // knob: [from, to]
  StringView reasoning;
  OptionalNumber expected;     // points; absent: nobody said
  OptionalNumber improvement;  // points in the mean of the pairs; absent: none was tried
  OptionalNumber noise;        // half of the 95 % interval around it; absent: fewer than two pairs
  int verdict;                 // EvolutionVerdict
  JsonArray trials;            // EvolutionTrial
  StringView run_id;           // absent: it was no run
  StringView created_at;
} EvolutionStep;

typedef struct ConfigsReport {
  JsonArray configs;  // ConfigReport
  JsonArray steps;    // EvolutionStep, of history and rollback
} ConfigsReport;

typedef struct EvolveReport {
  StringView run_id;
  StringView status;    // complete, cancelled
  JsonArray targets;    // StringView
  JsonArray steps;      // EvolutionStep, in the order in which they were tried
  ConfigReport config;  // the current one at the end
  int64_t tokens;
  double duration_ms;
  JsonArray notes;  // StringView
} EvolveReport;

extern const JsonType config_report_type, configs_report_type, evolution_step_type, evolution_trial_type,
    evolve_report_type;

// ---- Events ----

// testgen/runEvent: what happens during a run, in the seeds' six kinds.
typedef enum RunEventKind {
  EVENT_START,
  EVENT_TEST,
  EVENT_PROGRESS,
  EVENT_REFLECTION,
  EVENT_COMPLETE,
  EVENT_ERROR,
  EVENT_KIND_COUNT
} RunEventKind;

// What a generation has spent on its model.
typedef struct SpentReport {
  int64_t tokens;
  int64_t token_budget;
  OptionalNumber cost_cents;     // where prices are known
  OptionalInteger budget_cents;  // where there is one
} SpentReport;

typedef struct RunEvent {
  StringView run_id;
  StringView uri;  // of the folder it is about
  int kind;
  StringView message;  // one line for people
  OptionalInteger done;
  OptionalInteger total;
  const AcceptedTest *test;               // EVENT_TEST of a generation: one that passed every guard
  const RejectedTest *rejected;           // or one that did not
  const EnvironmentReport *environment;   // EVENT_PROGRESS of a generation, once
  const SpentReport *spent;               // EVENT_PROGRESS of a generation, after each answer of its model
  const MutantReport *mutant;             // EVENT_PROGRESS of a mutation: a mutant that has just survived
  const MutatedFunctionReport *function;  // the mutant's, for who listens in this process; not on the wire
} RunEvent;

extern const JsonType run_event_type;
extern const char *const run_event_names[];

#endif
