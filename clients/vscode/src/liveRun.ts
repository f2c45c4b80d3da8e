// A run in progress, as its events have told of it so far.
import type { AcceptedTest, Mutant } from './reports';

export interface LiveRun {
  id: string;
  folder?: string;
  title: string;
  message: string;
  done?: number;
  total?: number;
  tests: AcceptedTest[];
  survivors: Mutant[];
  reflections: string[];
}
