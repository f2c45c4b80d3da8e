// pytest's node ids: "tests/test_a.py::TestB::test_c[1-2]".

// Without the parameters of one case.
export function withoutParameters(id: string): string {
  const name = id.indexOf('::'); // parameters may hold this, too
  const bracket = id.indexOf('[', Math.max(0, name));
  return bracket >= 0 && id.endsWith(']') ? id.slice(0, bracket) : id;
}

// What stands in the brackets; undefined: not one of several cases.
export function parametersOf(id: string): string | undefined {
  const base = withoutParameters(id);
  return base === id ? undefined : id.slice(base.length);
}
