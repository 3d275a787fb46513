/** Options that a run does not honour are refused by name. */
import { InputError } from '../../input/input-error.ts'
import type { RunKind, Values } from './run-kind.ts'
import { HONOURED } from './table.ts'

const isHonoured = ({ honours }: RunKind, name: string, value: unknown): boolean =>
  honours.includes(name) || honours.includes(`${name}=${String(value)}`)

/** An option that a run does not honour, and the first kind of run that does not. */
export interface Unhonoured {
  readonly name: string
  readonly kind: RunKind
}

export function listUnhonoured(
  command: string,
  args: Values,
  given: readonly string[],
  table: Readonly<Record<string, readonly RunKind[]>> = HONOURED,
): readonly Unhonoured[] {
  const refused = new Map<string, Unhonoured>()
  for (const kind of table[command]!) {
    if (!kind.applies(args)) continue
    for (const name of given)
      if (!isHonoured(kind, name, args[name]) && !refused.has(name)) refused.set(name, { name, kind })
  }
  return [...refused.values()]
}

/** @throws InputError naming the given options that this run does not honour, each with the first kind that does not. */
export function refuseUnhonoured(
  command: string,
  args: Values,
  given: readonly string[],
  table: Readonly<Record<string, readonly RunKind[]>> = HONOURED,
): void {
  const spell = ({ name }: Unhonoured): string => (args[name] === false ? `--no-${name}` : `--${name}`)
  const refused = listUnhonoured(command, args, given, table)
  if (refused.length === 0) return
  const kinds = [...new Set(refused.map(({ kind }) => kind))]
  const reasons = kinds.map((kind, index) => {
    const own = refused.filter((one) => one.kind === kind)
    const which = index === 0 ? '' : `${own.map(spell).join(', ')} `
    return `${which}not honoured by ${kind.what}: ${kind.why}`
  })
  const advice = refused.length === 1 ? 'Leave it out.' : 'Leave them out.'
  throw new InputError(reasons.join('; '), refused.map(spell).join(', '), advice)
}
