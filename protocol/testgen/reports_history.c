#include "protocol/testgen/reports.h"

#include "protocol/json/field.h"
#include "protocol/testgen/vocabulary.h"

static const JsonField run_summary_fields[] = {
    JSON_FIELD(RunSummary, sequence, INTEGER, JSON_REQUIRED, "Pages go by it."),
    JSON_FIELD(RunSummary, run_id, STRING, JSON_REQUIRED, "Its name."),
    JSON_FIELD(RunSummary, kind, STRING, JSON_REQUIRED,
               "generation, scoring, gaps, test, mutation, boundary, cheats or value."),
    JSON_FIELD(RunSummary, status, STRING, JSON_REQUIRED, "complete, cancelled, timeout or failed."),
    JSON_FIELD(RunSummary, title, STRING, JSON_REQUIRED, "For people."),
    JSON_FIELD(RunSummary, created_at, STRING, JSON_REQUIRED, "When it began."),
    JSON_FIELD(RunSummary, duration_ms, DOUBLE, JSON_REQUIRED, "How long it took."),
    JSON_FIELD(RunSummary, score, OPTIONAL_INTEGER, JSON_REQUIRED | JSON_NULLABLE, "0 to 1000."),
    JSON_FIELD(RunSummary, of, OPTIONAL_INTEGER, JSON_REQUIRED | JSON_NULLABLE,
               "What could be earned by what was measured."),
    JSON_FIELD(RunSummary, test_count, UINTEGER, JSON_REQUIRED, "Tests that it speaks of."),
    JSON_FIELD(RunSummary, passed, UINTEGER, JSON_REQUIRED, "Tests passed or accepted."),
    JSON_FIELD(RunSummary, failed, UINTEGER, JSON_REQUIRED, "Tests failed or rejected."),
    JSON_FIELD(RunSummary, task_id, STRING, 0, "Of the spec."),
    JSON_FIELD(RunSummary, revision, STRING, 0, "The commit that was checked out; absent: none, or not known."),
    JSON_FIELD(RunSummary, whole, BOOL, JSON_OMIT_ZERO, "It speaks of the whole workspace."),
    JSON_FIELD(RunSummary, score_before, OPTIONAL_INTEGER, 0, "Of a generation: the suite's score before it."),
    JSON_FIELD(RunSummary, kill_rate, OPTIONAL_DOUBLE, 0, "Share of the mutants that were killed."),
    JSON_FIELD(RunSummary, line_coverage, OPTIONAL_DOUBLE, 0, "Share of the lines that were reached."),
    JSON_FIELD(RunSummary, tokens, INTEGER, JSON_OMIT_ZERO, "That a model read and wrote."),
    JSON_FIELD(RunSummary, cost_cents, OPTIONAL_DOUBLE, 0, "What they cost."),
};
const JsonType run_summary_type = JSON_TYPE(RunSummary, run_summary_fields, "One run of the history.");

static const JsonField runs_page_fields[] = {
    JSON_FIELD_OF(RunsPage, runs, ARRAY, JSON_REQUIRED, run_summary_type, "Newest first."),
    JSON_FIELD(RunsPage, next, OPTIONAL_INTEGER, JSON_REQUIRED | JSON_NULLABLE,
               "Give as `before` for the next page; null on the last one."),
    JSON_FIELD(RunsPage, total, INTEGER, JSON_REQUIRED, "Runs in the history."),
    JSON_FIELD(RunsPage, matching, INTEGER, JSON_REQUIRED, "Runs that the parameters mean, on all pages."),
};
const JsonType runs_page_type = JSON_TYPE(RunsPage, runs_page_fields, "A page of the history.");

static const JsonField trend_point_fields[] = {
    JSON_FIELD(TrendPoint, run_id, STRING, JSON_REQUIRED, "The run."),
    JSON_FIELD(TrendPoint, kind, STRING, JSON_REQUIRED, "As in the list of runs."),
    JSON_FIELD(TrendPoint, created_at, STRING, JSON_REQUIRED, "When it began."),
    JSON_FIELD(TrendPoint, revision, STRING, 0, "The commit that was checked out."),
    JSON_FIELD(TrendPoint, score, OPTIONAL_INTEGER, 0, "Of the whole workspace, 0 to 1000."),
    JSON_FIELD(TrendPoint, of, OPTIONAL_INTEGER, 0, "What could be earned by what was measured."),
    JSON_FIELD(TrendPoint, kill_rate, OPTIONAL_DOUBLE, 0, "Share of all mutants of the workspace that were killed."),
    JSON_FIELD(TrendPoint, line_coverage, OPTIONAL_DOUBLE, 0, "Share of all lines of the workspace that were reached."),
    JSON_FIELD(TrendPoint, tokens, INTEGER, JSON_OMIT_ZERO, "That a model read and wrote."),
    JSON_FIELD(TrendPoint, cost_cents, OPTIONAL_DOUBLE, 0, "What they cost."),
};
static const JsonType trend_point_type = JSON_TYPE(TrendPoint, trend_point_fields, "What one run measured.");

static const JsonField trend_report_fields[] = {
    JSON_FIELD_OF(TrendReport, points, ARRAY, JSON_REQUIRED, trend_point_type, "Oldest first."),
    JSON_FIELD(TrendReport, cut, BOOL, JSON_REQUIRED, "There are older ones."),
};
const JsonType trend_report_type =
    JSON_TYPE(TrendReport, trend_report_fields, "What complete runs measured, one after the other.");

static const JsonField run_file_fields[] = {
    JSON_FIELD(RunFile, path, STRING, JSON_REQUIRED, "The file."),
    JSON_FIELD(RunFile, digest, STRING, JSON_REQUIRED, "SHA-256 of its contents."),
};
static const JsonType run_file_type = JSON_TYPE(RunFile, run_file_fields, "A file that a run was measured on.");

static const JsonField run_detail_fields[] = {
    JSON_FIELD_OF(RunDetail, summary, OBJECT, JSON_REQUIRED, run_summary_type, "As in the list."),
    JSON_FIELD_OF(RunDetail, files, ARRAY, JSON_REQUIRED, run_file_type, "What it was measured on."),
    JSON_FIELD(RunDetail, report, VALUE, JSON_REQUIRED | JSON_NULLABLE, "The report of its kind."),
};
const JsonType run_detail_type = JSON_TYPE(RunDetail, run_detail_fields, "One run in full.");

static const JsonField stats_report_fields[] = {
    JSON_FIELD(StatsReport, total_runs, INTEGER, JSON_REQUIRED, "Runs."),
    JSON_FIELD(StatsReport, total_configs, INTEGER, JSON_REQUIRED, "Configurations."),
    JSON_FIELD(StatsReport, average_score, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE,
               "Of the runs that have a score."),
    JSON_FIELD(StatsReport, best_score, OPTIONAL_INTEGER, JSON_REQUIRED | JSON_NULLABLE, "The highest."),
    JSON_FIELD(StatsReport, average_comprehensiveness, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE, "0 to 10."),
    JSON_FIELD(StatsReport, average_efficiency, OPTIONAL_DOUBLE, JSON_REQUIRED | JSON_NULLABLE, "0 to 1."),
    JSON_FIELD(StatsReport, config_evolution_count, INTEGER, JSON_REQUIRED, "Steps of config evolution."),
    JSON_FIELD(StatsReport, generated_tests, INTEGER, JSON_REQUIRED, "Tests proposed, accepted or not."),
    JSON_FIELD(StatsReport, test_results, INTEGER, JSON_REQUIRED, "Test executions recorded."),
};
const JsonType stats_report_type = JSON_TYPE(StatsReport, stats_report_fields, "What the store holds.");

static const JsonField config_report_fields[] = {
    JSON_FIELD(ConfigReport, id, INTEGER, JSON_REQUIRED, "Its number."),
    JSON_FIELD(ConfigReport, version, STRING, JSON_REQUIRED, "Semantic version."),
    JSON_FIELD(ConfigReport, config_hash, STRING, JSON_REQUIRED, "SHA-256 over all knobs, prompts included."),
    JSON_FIELD(ConfigReport, is_current, BOOL, JSON_REQUIRED, "At most one is."),
    JSON_FIELD(ConfigReport, created_at, STRING, JSON_REQUIRED, "When."),
    JSON_FIELD(ConfigReport, temperature, DOUBLE, JSON_REQUIRED, "0 to 2."),
    JSON_FIELD(ConfigReport, max_tokens, INTEGER, JSON_REQUIRED, "Of one answer."),
    JSON_FIELD(ConfigReport, min_tests_per_category, INTEGER, JSON_REQUIRED, "At least 2."),
    JSON_FIELD(ConfigReport, max_tests_per_category, INTEGER, JSON_REQUIRED, "At least the minimum."),
    JSON_FIELD(ConfigReport, max_rounds_per_category, INTEGER, JSON_REQUIRED, "Rounds of generation and reflection."),
    JSON_FIELD(ConfigReport, environment_weight, DOUBLE, JSON_REQUIRED, "0 to 1."),
    JSON_FIELD(ConfigReport, anti_cheat_weight, DOUBLE, JSON_REQUIRED, "0 to 1."),
    JSON_FIELD(ConfigReport, precision_weight, DOUBLE, JSON_REQUIRED, "0 to 1."),
    JSON_FIELD_NAMED(ConfigReport, category_order, ENUM_ARRAY, JSON_REQUIRED, category_names,
                     "In which order categories are generated."),
    JSON_FIELD(ConfigReport, category_prompts, VALUE, JSON_REQUIRED | JSON_NULLABLE, "Prompt per category."),
    JSON_FIELD(ConfigReport, anti_cheat_prompt, STRING, JSON_REQUIRED | JSON_NULLABLE, "Prompt."),
    JSON_FIELD(ConfigReport, reflection_prompt, STRING, JSON_REQUIRED | JSON_NULLABLE, "Prompt."),
    JSON_FIELD(ConfigReport, primary_model, STRING, JSON_REQUIRED, "Who generates."),
    JSON_FIELD(ConfigReport, reflection_model, STRING, JSON_REQUIRED, "Who reflects."),
    JSON_FIELD(ConfigReport, min_comprehensiveness_score, DOUBLE, JSON_REQUIRED, "0 to 10."),
    JSON_FIELD(ConfigReport, target_comprehensiveness_score, DOUBLE, JSON_REQUIRED, "0 to 10."),
};
const JsonType config_report_type =
    JSON_TYPE(ConfigReport, config_report_fields, "One configuration of the generator.");

static const JsonField evolution_trial_fields[] = {
    JSON_FIELD(EvolutionTrial, target, STRING, JSON_REQUIRED, "What tests were generated for."),
    JSON_FIELD(EvolutionTrial, seed, INTEGER, JSON_REQUIRED, "Of both."),
    JSON_FIELD(EvolutionTrial, current, DOUBLE, JSON_REQUIRED, "Points, 0 to 1000, with the configuration as it was."),
    JSON_FIELD(EvolutionTrial, candidate, DOUBLE, JSON_REQUIRED, "Points with the change."),
};
const JsonType evolution_trial_type =
    JSON_TYPE(EvolutionTrial, evolution_trial_fields, "Two configurations on the same target with the same seed.");

static const JsonField evolution_step_fields[] = {
    JSON_FIELD(EvolutionStep, id, INTEGER, JSON_REQUIRED, "Its number; 0: it was not recorded."),
    JSON_FIELD(EvolutionStep, from_id, INTEGER, JSON_REQUIRED, "The configuration before."),
    JSON_FIELD(EvolutionStep, to_id, INTEGER, JSON_REQUIRED, "The configuration with the change."),
    JSON_FIELD(EvolutionStep, changes, VALUE, JSON_REQUIRED, "For each knob that changed: [from, to]."),
    JSON_FIELD(EvolutionStep, reasoning, STRING, JSON_REQUIRED, "Why it was tried, or done."),
    JSON_FIELD(EvolutionStep, expected, OPTIONAL_DOUBLE, 0, "Points that were expected; absent: nobody said."),
    JSON_FIELD(EvolutionStep, improvement, OPTIONAL_DOUBLE, 0, "Points in the mean of the pairs of trials."),
    JSON_FIELD(EvolutionStep, noise, OPTIONAL_DOUBLE, 0, "Half of the 95 % interval around the improvement."),
    JSON_FIELD_NAMED(EvolutionStep, verdict, ENUM, JSON_REQUIRED, evolution_verdict_names, "What became of it."),
    JSON_FIELD_OF(EvolutionStep, trials, ARRAY, JSON_REQUIRED, evolution_trial_type, "The pairs."),
    JSON_FIELD(EvolutionStep, run_id, STRING, 0, "The run that tried it."),
    JSON_FIELD(EvolutionStep, created_at, STRING, 0, "When."),
};
const JsonType evolution_step_type =
    JSON_TYPE(EvolutionStep, evolution_step_fields, "A change of the configuration, and what trials said of it.");

static const JsonField evolve_report_fields[] = {
    JSON_FIELD(EvolveReport, run_id, STRING, JSON_REQUIRED | JSON_NULLABLE, "The run in the history."),
    JSON_FIELD(EvolveReport, status, STRING, JSON_REQUIRED, "complete or cancelled."),
    JSON_FIELD(EvolveReport, targets, STRING_ARRAY, JSON_REQUIRED, "What the configurations were tried on."),
    JSON_FIELD_OF(EvolveReport, steps, ARRAY, JSON_REQUIRED, evolution_step_type, "In the order of the trials."),
    JSON_FIELD_OF(EvolveReport, config, OBJECT, JSON_REQUIRED, config_report_type, "The current one at the end."),
    JSON_FIELD(EvolveReport, tokens, INTEGER, JSON_REQUIRED, "Spent on all trials; 0 without a model."),
    JSON_FIELD(EvolveReport, duration_ms, DOUBLE, JSON_REQUIRED, "Of the whole run."),
    JSON_FIELD(EvolveReport, notes, STRING_ARRAY, JSON_REQUIRED, "What was left out, and why."),
};
const JsonType evolve_report_type =
    JSON_TYPE(EvolveReport, evolve_report_fields, "Changes of the generator's configuration that were tried.");

static const JsonField configs_report_fields[] = {
    JSON_FIELD_OF(ConfigsReport, configs, ARRAY, JSON_REQUIRED, config_report_type, "Newest first."),
    JSON_FIELD_OF(ConfigsReport, steps, ARRAY, JSON_OMIT_ZERO, evolution_step_type,
                  "Of history and rollback: how they became one another, newest first."),
};
const JsonType configs_report_type =
    JSON_TYPE(ConfigsReport, configs_report_fields, "The configurations of the generator.");
