// The text of a file with one mutant in it. Lines and columns count from 1, columns in characters, the end is exclusive.
import type { Mutant } from './reports';

// Of a column in code points, the offset in UTF-16.
function offsetIn(line: string, column: number): number {
  let offset = 0;
  for (const character of line) {
    if (--column <= 0) break;
    offset += character.length;
  }
  return offset;
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  for (let at = 1; at < line; at++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return text.length;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return start + offsetIn(text.slice(start, end < 0 ? text.length : end), column);
}

type Place = Pick<Mutant, 'line' | 'column' | 'end_line' | 'end_column' | 'original' | 'replacement'>;

export function mutatedText(text: string, mutant: Place): string {
  const start = offsetOf(text, mutant.line, mutant.column);
  const end = offsetOf(text, mutant.end_line, mutant.end_column);
  if (text.slice(start, end) !== mutant.original) {
    throw new Error('the code has changed since this mutant was judged; judge again');
  }
  return text.slice(0, start) + mutant.replacement + text.slice(end);
}
