/** What Verilator warns of: which of it is a likely mistake, and how it is told. */
import { type Diagnostic, ToolError } from '../../input/tool-error.ts'
import { describeDiagnostic } from '../../process/run-tool.ts'
import { notice } from '../../store/notice.ts'

/** Verilator takes a signal without a driver for a matter of style. */
export const warningFlags = ['-Wwarn-UNDRIVEN']

/**
 * Warnings that are left out unless flags ask for them: a value that is widened (nothing is lost), a comparison that these
 * parameters decide, words of C++, what concerns speed, delays (`describeDelays` tells of them), style.
 */
const QUIET =
  /^(WIDTHEXPAND|WIDTHXZEXPAND|CMPCONST|UNSIGNED|UNOPT|UNOPTFLAT|UNOPTTHREADS|STMTDLY|ASSIGNDLY|ZERODLY|RISEFALLDLY|MINTYPMAXDLY|TIMESCALEMOD|SPECIFYIGN|ASCRANGE|LITENDIAN|CASEX|COVERIGN|SHORTREAL|DEPRECATED|SYMRSVDWORD)$/

const ASKS = /^-W(all$|warn-|error-)/

/** @param flags of the user's */
export function chooseWarnings(
  said: readonly Diagnostic[],
  flags: readonly string[] = [],
): readonly Diagnostic[] {
  if (flags.some((flag) => ASKS.test(flag))) return distinct(said)
  return distinct(said.filter((each) => !QUIET.test(kindOf(each)) && !isLogical(each)))
}

/** Older versions have one kind for a value that is cut and one that is widened. */
function kindOf({ message }: Diagnostic): string {
  const kind = /\[(\w+)\]$/.exec(message)?.[1] ?? ''
  if (kind !== 'WIDTH') return kind
  const expected =
    /(?:expects|requires) (\d+)(?: or (\d+))? bit/.exec(message)?.slice(1).filter(Boolean) ?? []
  const got = /(?:generates|not) (\d+)(?: or \d+)? bits?/.exec(message)?.[1]
  return got !== undefined && Number(got) < Math.max(...expected.map(Number)) ? 'WIDTHEXPAND' : 'WIDTHTRUNC'
}

/** `if (vector)` loses nothing. */
const isLogical = ({ message }: Diagnostic): boolean => message.startsWith('Logical operator')

/** A module that is there several times is warned of as often. */
const distinct = (said: readonly Diagnostic[]): readonly Diagnostic[] => [
  ...new Map(
    said
      .filter(({ severity }) => severity === 'warning')
      .map((each) => [describeDiagnostic(each), each] as const),
  ).values(),
]

const MOST_SHOWN = 20

/** Each line once a process, however many models are built of a module. */
export function tellWarnings(warnings: readonly Diagnostic[]): void {
  for (const each of warnings.slice(0, MOST_SHOWN)) notice(`warning: ${describeDiagnostic(each)}`)
  if (warnings.length > MOST_SHOWN) notice(`and ${warnings.length - MOST_SHOWN} more warnings`)
}

/** @throws ToolError where there are any. */
export function refuseWarnings(top: string, warnings: readonly Diagnostic[]): void {
  if (warnings.length === 0) return
  const lines = warnings.slice(0, MOST_SHOWN).map(describeDiagnostic)
  if (warnings.length > MOST_SHOWN) lines.push(`and ${warnings.length - MOST_SHOWN} more`)
  throw new ToolError(`Warnings are errors (warnings: 'error') for ${top}:\n${lines.join('\n')}`, {
    tool: 'verilator',
    diagnostics: warnings,
  })
}
