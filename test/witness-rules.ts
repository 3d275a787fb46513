/**
 * What test files must keep to, so that no test passes without testing: read from their syntax, a rule a file in rules/. Others watch
 * at the same: Biome (noConditionalExpect, noFloatingPromises, noUnusedExpressions, in biome.json), and vitest's requireAssertions.
 */
import { findIdleExpectations } from './rules/expectations.ts'
import { findLeftBehind } from './rules/left-behind.ts'
import { findOwnLimits } from './rules/limits.ts'
import { findEarlyReturns, findHidden, findPassedBy, findSometimes } from './rules/skipped.ts'
import { findSwallowed } from './rules/swallowed.ts'
import { type Rule, readSource } from './rules/syntax.ts'
import { findUnasked } from './rules/witnesses.ts'

/** Rules of all files, also of helpers. */
const EVERYWHERE: readonly Rule[] = [
  findHidden,
  findPassedBy,
  findSwallowed,
  findLeftBehind,
  findIdleExpectations,
]
/** Rules of files of tests: a helper asks for no witness, its callers do. */
const OF_TESTS: readonly Rule[] = [findEarlyReturns, findSometimes, findUnasked, findOwnLimits]

/** Sentences on what a file does that it must not. */
export function findBreaches(file: string, text: string): readonly string[] {
  const source = readSource(file, text)
  const rules = file.endsWith('.test.ts') ? [...EVERYWHERE, ...OF_TESTS] : EVERYWHERE
  return rules.flatMap((rule) => rule(source))
}
