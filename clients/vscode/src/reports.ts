// What the server answers, as far as it is shown here; docs/schemas has all of it.

export interface RunSummary {
  sequence: number;
  run_id: string;
  kind: string;
  status: string;
  title: string;
  created_at: string;
  duration_ms: number;
  score?: number;
  of?: number;
  test_count: number;
  passed: number;
  failed: number;
  revision?: string;
  whole?: boolean;
  score_before?: number;
  kill_rate?: number;
  line_coverage?: number;
  tokens?: number;
  cost_cents?: number;
}

export interface RunsPage {
  runs: RunSummary[];
  next?: number;
  total: number;
  matching: number;
}

export interface TrendPoint {
  run_id: string;
  kind: string;
  created_at: string;
  revision?: string;
  score?: number;
  of?: number;
  kill_rate?: number;
  line_coverage?: number;
  tokens?: number;
  cost_cents?: number;
}

export interface TrendReport {
  points: TrendPoint[]; // oldest first
  cut: boolean;
}

export interface RunDetail {
  summary: RunSummary;
  files: { path: string; digest: string }[];
  report?: Report;
}

export interface Component {
  points: number;
  maximum: number;
  basis: string;
  source: string;
}

export interface ScoredTest {
  id: string;
  path: string;
  line: number;
  strength: number;
  band: string;
  category: string;
}

export interface Gap {
  function?: string;
  line: number;
  risk: Risk;
  lines_total: number;
  lines_missing: number;
  branches_total: number;
  branches_missing: number;
  ranges: { first: number; last: number }[];
  branches: { line: number; target: number }[];
}

export type Risk = 'critical' | 'high' | 'medium' | 'low';

export interface GapsReport {
  run_id?: string;
  source?: string;
  lines_total: number;
  lines_missing: number;
  branches_total: number;
  branches_missing: number;
  files: { path: string; stale: boolean; functions: Gap[] }[];
}

export interface TestResult {
  id: string;
  path: string;
  line: number;
  outcome: string;
  duration_ms: number;
  message?: string;
  detail?: string;
  expected?: string; // the sides of an == that did not hold
  actual?: string;
  failure_path?: string;
  failure_line?: number;
  output?: string; // what it printed
}

export interface Mutant {
  path: string;
  line: number;
  column: number;
  end_line: number;
  end_column: number;
  function?: string;
  operator: string;
  original: string;
  replacement: string;
  status: string;
}

export interface AcceptedTest {
  id: string;
  name: string;
  path: string;
  category: string;
  origin: string;
  reasoning: string;
  requirement?: string;
  strength: number;
  kills?: number; // mutants that neither the suite nor an accepted test before it catches; likewise:
  new_lines?: number;
  new_branches?: number;
  new_boundaries?: number;
  new_requirements?: number;
  confidence: number;
  code: string;
}

export interface Implementation {
  path: string;
  subject: string;
  complete: boolean;
  code?: string;
  attempts: { code?: string; passed: number; failed: number; problems: string[] }[];
}

export interface EvolutionStep {
  changes: Record<string, [unknown, unknown]>;
  verdict: string;
  improvement?: number;
  noise?: number;
  trials: { target: string; seed: number; current: number; candidate: number }[];
}

export interface RejectedTest {
  id: string;
  guard: string;
  reason: string;
  message: string;
  code: string;
}

export interface Environment {
  platform: string;
  python: string;
  sandbox: string;
  tools: string[];
  prohibited: string[];
}

export interface Spent {
  tokens: number;
  token_budget: number;
  cost_cents?: number;
  budget_cents?: number;
}

// How much of the subject's behaviour its tests would notice, from what was measured.
export interface Comprehensiveness {
  value: number | null; // 0 to 10
  before: number | null;
  model_grade?: number; // what the model says of its tests
  parts: { of: string; basis: string; before?: number; after?: number; total?: number; source?: string }[];
}

// One question to a model, and what came of its answer.
export interface Round {
  wanted: string;
  model: string;
  question?: string;
  answer?: string;
  kept: boolean;
  cut: boolean;
  proposed: number;
  accepted: number;
  rejected: number;
  problems: string[];
  comprehensiveness?: number;
  reflection?: string;
  tokens: number;
  cost_cents?: number;
  duration_ms: number;
}

export interface GenerateReport {
  run_id?: string;
  status: string;
  target: string;
  accepted: AcceptedTest[];
  rejected: RejectedTest[];
  unanswered: { requirement: string; reason: string }[];
  disagreements: { requirement: string; specification: string; observed: string; code: string }[];
  edits: { path: string }[];
  score_before?: number;
  score_after?: number;
  tokens: number;
  cost_cents?: number;
  comprehensiveness?: Comprehensiveness;
  trajectory?: Round[];
  environment?: Environment;
  implementation?: Implementation;
}

// A report of any kind: each kind has some of these.
export interface Report extends Partial<Omit<GenerateReport, 'status'>> {
  status?: string;
  score?: number;
  of?: number;
  components?: Record<string, Component>;
  path?: string; // that was scored
  tests?: (ScoredTest | TestResult)[] | number;
  collection_errors?: TestResult[];
  files?: GapsReport['files'];
  lines_total?: number;
  lines_missing?: number;
  branches_total?: number;
  branches_missing?: number;
  mutants?: Mutant[];
  kill_rate?: number;
  values?: { test: string; path: string; line?: number; worth: string; kills: number; sole_kills: number }[];
  comparisons?: { path: string; line: number; text: string; verdict: string; function?: string }[];
  functions?: CheatedFunction[];
  line_coverage?: number;
  passed?: number;
  failed?: number;
  errors?: number;
  skipped?: number;
  python_version?: string;
  pytest_version?: string;
  coverage?: MeasuredFile[];
  steps?: EvolutionStep[];
  notes?: string[];
}

export interface BoundaryReport {
  comparisons: { path: string; line: number; text: string; verdict: string; function?: string }[];
}

export interface CheatsReport {
  functions: CheatedFunction[];
}

export interface MutationReport {
  status: string;
  mutants: Mutant[];
}

export interface CheatedFunction {
  path: string;
  line: number;
  function?: string;
  cheats?: { cheat: string; status: string; gap: boolean; code: string }[];
}

export interface LineRange {
  first: number; // 1-based, both included
  last: number;
}

export interface MeasuredBranch {
  line: number;
  target: number; // 0: out of the function
  taken: boolean;
}

export interface MeasuredFile {
  path: string;
  executed: LineRange[];
  missing: LineRange[];
  branches: MeasuredBranch[];
  tests?: { test: string; lines: LineRange[]; branches?: number[] }[]; // what each test reached of it; places in `branches`
}

export interface DiscoveredTest {
  id: string;
  label: string;
  kind: 'package' | 'module' | 'test';
  canResolveChildren: boolean;
  parent?: string;
  textDocument: { uri: string };
  range?: { start: { line: number; character: number }; end: { line: number; character: number } };
  runnable: { uri: string; ids: string[] };
}

export interface DiscoverTestResults {
  tests: DiscoveredTest[];
  scope?: string[];
}

export interface RunEvent {
  run_id: string;
  uri?: string; // of the folder
  kind: 'start' | 'test' | 'progress' | 'reflection' | 'complete' | 'error';
  message: string;
  done?: number;
  total?: number;
  test?: AcceptedTest;
  rejected?: RejectedTest;
  environment?: Environment; // of a generation, once
  spent?: Spent; // after each answer of a model
  mutant?: Mutant;
}

export interface ServerStatus {
  health: 'ok' | 'warning' | 'error';
  quiescent: boolean;
  message?: string;
  setting?: string; // that would change what the message says
}
