// A run's report as a short tree: sections, and places to go to. Pure; the tree of the history shows it.
import type { CheatedFunction, Mutant, Report, Round, RunDetail, ScoredTest, TestResult } from './reports';
import { testFacts } from './testFacts';
import { count, duration } from './text';

export interface Leaf {
  label: string;
  description?: string;
  tooltip?: string;
  icon: string;
  path?: string;
  line?: number; // 1-based
  mutant?: Mutant;
}

export interface Section {
  label: string;
  icon: string;
  leaves: Leaf[];
}

const LEAVES_MAX = 500;

function testLeaf(test: ScoredTest | TestResult): Leaf {
  if ('strength' in test) {
    return { label: test.id, description: `strength ${test.strength} · ${test.category}`, icon: 'beaker', path: test.path, line: test.line };
  }
  return {
    label: test.id,
    description: duration(test.duration_ms),
    tooltip: test.message,
    icon: test.outcome === 'passed' ? 'pass' : test.outcome === 'skipped' ? 'debug-step-over' : 'error',
    path: test.path,
    line: test.line,
  };
}

function testsSection(report: Report): Section[] {
  if (!Array.isArray(report.tests)) return [];
  const leaves = [...report.tests, ...(report.collection_errors ?? [])].map(testLeaf);
  return [{ label: count(leaves.length, 'test'), icon: 'beaker', leaves }];
}

function implementationSection({ implementation: code }: Report): Section[] {
  if (!code) return [];
  const leaves = code.attempts.map((attempt, index) => ({
    label: `Attempt ${index + 1}`,
    description: `${attempt.passed} of ${attempt.passed + attempt.failed} tests pass`,
    tooltip: attempt.problems.join('\n'),
    icon: attempt.problems.length === 0 ? 'pass' : 'error',
    path: code.complete && attempt.problems.length === 0 ? code.path : undefined,
  }));
  return [{ label: `Code of ${code.subject}`, icon: 'code', leaves }];
}

function evolutionSections(report: Report): Section[] {
  const leaves = (report.steps ?? []).map((step) => ({
    label: Object.entries(step.changes)
      .map(([knob, [from, to]]) => `${knob} ${String(from)} → ${String(to)}`)
      .join(', '),
    description: `${step.verdict}: ${signed(step.improvement)} points ± ${(step.noise ?? 0).toFixed(1)}`,
    tooltip: step.trials.map(({ target, seed, current, candidate }) => `${target}, seed ${seed}: ${current} → ${candidate}`).join('\n'),
    icon: step.verdict === 'adopted' ? 'pass' : 'circle-slash',
  }));
  return [{ label: count(leaves.length, 'change'), icon: 'git-compare', leaves }];
}

const signed = (points = 0) => `${points < 0 ? '−' : '+'}${Math.abs(points).toFixed(1)}`;

// What the value was measured from; the model's own grade beside it, as such.
function comprehensivenessSection({ comprehensiveness: measured }: Report): Section[] {
  if (!measured) return [];
  const { value, before, model_grade: grade } = measured;
  const parts: Leaf[] = measured.parts
    .filter((part) => part.basis !== 'not applicable')
    .map((part) => ({
      label: part.basis === 'measured' ? `${part.after} of ${part.total} ${part.of}` : `${part.of}: not measured`,
      description: [part.before === undefined ? '' : `${part.before} before`, part.source].filter(Boolean).join(' · '),
      icon: part.basis === 'measured' ? 'pass' : 'question',
    }));
  const own = { label: `The model's own grade: ${grade?.toFixed(1)} of 10`, description: 'what it says of its tests; no part of the value', icon: 'comment' };
  const from = before === null || before === undefined ? '' : `${before.toFixed(1)} → `;
  const label = value === null || value === undefined ? 'Comprehensiveness: not measured' : `Comprehensiveness: ${from}${value.toFixed(1)} of 10`;
  return [{ label, icon: 'checklist', leaves: grade === undefined ? parts : [...parts, own] }];
}

function roundLeaf(round: Round, index: number): Leaf {
  const { proposed, accepted, rejected, comprehensiveness: value } = round;
  const tests = round.wanted === 'tests' ? `${proposed} proposed, ${accepted} accepted, ${rejected} rejected` : 'code';
  const facts = [
    round.answer ? tests : 'no answer',
    value === undefined ? '' : `comprehensiveness ${value.toFixed(1)}`,
    round.kept ? 'kept from before' : count(round.tokens, 'token'),
    round.cost_cents !== undefined && !round.kept ? `${round.cost_cents.toFixed(2)} cents` : '',
    ...round.problems,
    round.reflection ?? '',
  ];
  return {
    label: `Round ${index + 1}`,
    description: facts.filter(Boolean).join(' · '),
    tooltip: [
      `${round.model}, ${duration(round.duration_ms)}`,
      ...round.problems,
      round.reflection,
      round.question && `question ${round.question}`,
      round.answer && `answer ${round.answer}`,
    ]
      .filter(Boolean)
      .join('\n'),
    icon: round.answer ? 'comment-discussion' : 'error',
  };
}

function generationSections(report: Report): Section[] {
  const accepted = (report.accepted ?? []).map((test) => ({
    label: test.name,
    description: testFacts(test).join(' · '),
    tooltip: test.reasoning,
    icon: 'pass',
    path: test.path,
  }));
  const rejected = (report.rejected ?? []).map((test) => ({
    label: test.id,
    description: `guard ${test.guard}: ${test.reason}`,
    tooltip: test.message,
    icon: 'circle-slash',
  }));
  const open = (report.unanswered ?? []).map((entry) => ({ label: entry.requirement, description: entry.reason, icon: 'question' }));
  const disagreements = (report.disagreements ?? []).map((entry) => ({
    label: entry.requirement,
    description: `spec: ${entry.specification}; code: ${entry.observed}`,
    icon: 'warning',
  }));
  return [
    ...implementationSection(report),
    ...comprehensivenessSection(report),
    { label: `Accepted: ${accepted.length}`, icon: 'pass', leaves: accepted },
    { label: `Rejected by guards: ${rejected.length}`, icon: 'circle-slash', leaves: rejected },
    { label: `Spec and code differ: ${disagreements.length}`, icon: 'warning', leaves: disagreements },
    { label: `Without an oracle: ${open.length}`, icon: 'question', leaves: open },
    { label: `Questions to the model: ${report.trajectory?.length ?? 0}`, icon: 'comment-discussion', leaves: (report.trajectory ?? []).map(roundLeaf) },
  ];
}

function gapsSection(report: Report): Section[] {
  const leaves = (report.files ?? []).flatMap((file) =>
    (file.functions ?? []).map((gap) => ({
      label: gap.function ?? 'module level',
      description: `${gap.risk} · ${file.path}:${gap.line}`,
      icon: 'circle-outline',
      path: file.path,
      line: gap.ranges[0]?.first ?? gap.line,
    })),
  );
  return [{ label: count(leaves.length, 'gap'), icon: 'search', leaves }];
}

function mutantsSection(report: Report): Section[] {
  const survivors = (report.mutants ?? []).filter((mutant) => mutant.status === 'survived');
  const leaves = survivors.map((mutant) => ({
    label: `${mutant.original} → ${mutant.replacement || '(nothing)'}`,
    description: `${mutant.function ?? 'module level'} · ${mutant.path}:${mutant.line}`,
    icon: 'bug',
    path: mutant.path,
    line: mutant.line,
    // Only places of whole reports can be shown as a diff.
    mutant: mutant.end_line ? mutant : undefined,
  }));
  return [{ label: `Survived: ${leaves.length}`, icon: 'bug', leaves }];
}

function valuesSection(report: Report): Section[] {
  const leaves = (report.values ?? []).map((value) => ({
    label: value.test,
    description: `${value.worth} · kills ${value.kills}, ${value.sole_kills} alone`,
    icon: 'beaker',
    path: value.path,
    line: value.line,
  }));
  return [{ label: `Worth of ${count(leaves.length, 'test')}`, icon: 'beaker', leaves }];
}

function comparisonsSection(report: Report): Section[] {
  const leaves = (report.comparisons ?? []).map((comparison) => ({
    label: comparison.text,
    description: `${comparison.verdict} · ${comparison.path}:${comparison.line}`,
    icon: 'symbol-operator',
    path: comparison.path,
    line: comparison.line,
  }));
  return [{ label: count(leaves.length, 'comparison'), icon: 'symbol-operator', leaves }];
}

function cheatsSection(report: Report): Section[] {
  const leavesOf = (entry: CheatedFunction): Leaf[] =>
    (entry.cheats ?? [])
      .filter((cheat) => cheat.gap)
      .map((cheat) => ({
        label: `${entry.function ?? 'module level'}: ${cheat.cheat}`,
        description: `${cheat.status} · ${entry.path}:${entry.line}`,
        tooltip: cheat.code,
        icon: 'warning',
        path: entry.path,
        line: entry.line,
      }));
  const leaves = (report.functions ?? []).flatMap(leavesOf);
  return [{ label: `Cheats that pass: ${leaves.length}`, icon: 'warning', leaves }];
}

const BY_KIND: Record<string, (report: Report) => Section[]> = {
  scoring: testsSection,
  test: testsSection,
  generation: generationSections,
  gaps: gapsSection,
  mutation: mutantsSection,
  value: valuesSection,
  boundary: comparisonsSection,
  cheats: cheatsSection,
  evolution: evolutionSections,
};

function capped(section: Section): Section {
  const rest = section.leaves.length - LEAVES_MAX;
  if (rest <= 0) return section;
  const leaves = section.leaves.slice(0, LEAVES_MAX);
  return { ...section, leaves: [...leaves, { label: `${rest} more; the run's page has all`, icon: 'ellipsis' }] };
}

export function sectionsOf(detail: RunDetail): Section[] {
  const { report } = detail;
  if (!report) return [{ label: 'Its report was not kept.', icon: 'info', leaves: [] }];
  const sections = BY_KIND[detail.summary.kind]?.(report) ?? [];
  const notes = (report.notes ?? []).map((note) => ({ label: note, icon: 'note' }));
  return [...sections, { label: 'Notes', icon: 'note', leaves: notes }].filter((section) => section.leaves.length > 0).map(capped);
}
