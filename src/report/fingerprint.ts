/** A name for a problem that stays its own while other lines of the file come and go. */
import { type Problem, ruleOf } from '../result/problem.ts'
import { hashParts } from '../store/hash.ts'

/** SHA-256 of rule, file and message, and of how many of the same came before: no line number. */
export function fingerprint(problems: readonly Problem[]): readonly string[] {
  const seen = new Map<string, number>()
  return problems.map((problem) => {
    const own = hashParts([ruleOf(problem), problem.file ?? '', problem.message])
    const before = seen.get(own) ?? 0
    seen.set(own, before + 1)
    return before === 0 ? own : hashParts([own, String(before)])
  })
}
