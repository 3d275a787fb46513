/** Options that a run does not honour are refused by name. */
import { InputError } from '../../input/input-error.ts'
import type { RunKind, Values } from './run-kind.ts'
import { HONOURED } from './table.ts'

const isHonoured = ({ honours }: RunKind, name: string, value: unknown): boolean =>
  honours.includes(name) || honours.includes(`${name}=${String(value)}`)

/** @throws InputError naming the given options that this run does not honour, each with the first kind that does not. */
export function refuseUnhonoured(
  command: string,
  args: Values,
  given: readonly string[],
  table: Readonly<Record<string, readonly RunKind[]>> = HONOURED,
): void {
  const spell = (name: string): string => (args[name] === false ? `--no-${name}` : `--${name}`)
  const refused = new Set<string>()
  const reasons: string[] = []
  for (const kind of table[command]!) {
    if (!kind.applies(args)) continue
    const own = given.filter((name) => !isHonoured(kind, name, args[name]) && !refused.has(name))
    if (own.length === 0) continue
    for (const name of own) refused.add(name)
    const which = reasons.length === 0 ? '' : `${own.map(spell).join(', ')} `
    reasons.push(`${which}not honoured by ${kind.what}: ${kind.why}`)
  }
  if (refused.size === 0) return
  const advice = refused.size === 1 ? 'Leave it out.' : 'Leave them out.'
  throw new InputError(reasons.join('; '), [...refused].map(spell).join(', '), advice)
}
