/** Progress on stderr: one line per finished task, and on a terminal a moving line while a task runs. */
import { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { printable } from '../../input/printable.ts'
import type { Progress, Task } from '../../pipeline/files/progress.ts'
import { formatSeconds, wrap } from '../../report/table.ts'

type Style = Parameters<typeof styleText>[0]

/**
 * Colours as `util.styleText` decides with a `stream`, but by an environment that is a value: FORCE_COLOR says whether, else a terminal
 * has them unless NO_COLOR, NODE_DISABLE_COLORS or TERM forbid. Left to itself, `styleText` asks `process.env`.
 */
export function painter(
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): (style: Style, text: string) => string {
  const asked = env.FORCE_COLOR !== undefined || stream.isTTY === true
  const colour = asked && WriteStream.prototype.getColorDepth(env) > 2
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text)
}

/** Tasks that take longer than this say so before they end, also where there is no terminal. */
const SLOW_MS = 2000

/** How often a long task says how far it is: in place on a terminal, a line each in a log. */
const UPDATE_MS = { terminal: 100, log: 30_000 }

/** What a task came to stands on a line of its own where it would not end within this. */
const COLUMNS = 80

/** A line that moves. */
interface Moving {
  readonly text: string
  readonly end: string
}

export function createTerminalProgress(
  stream: NodeJS.WriteStream,
  quiet: boolean,
  env: NodeJS.ProcessEnv,
): Progress {
  const paint = painter(stream, env)
  const line = (text: string): void => {
    if (!quiet) stream.write(stream.isTTY ? `\r\x1b[2K${text}\n` : `${text}\n`)
  }
  /** What moves is one line of a terminal, also once it stays; its end, the time that is left, is never cut off. */
  const fit = ({ text, end }: Moving): string => {
    const room = (stream.columns ?? COLUMNS) - 1 - end.length
    return `${!stream.isTTY || text.length <= room ? text : `${text.slice(0, room - 1)}…`}${end}`
  }
  const live = (moving: Moving): void => {
    if (!quiet && stream.isTTY) stream.write(`\r\x1b[2K${fit(moving)}`)
  }
  /** Tasks that run and have no line yet: what is said meanwhile stands below their names. */
  const silent = new Set<() => void>()
  return {
    start(given, ifStopped): Task {
      const name = printable(given)
      const begin = performance.now()
      let shown = stream.isTTY ? 0 : begin
      let said: Moving = { text: `  ${name} …`, end: '' }
      live(said)
      // On a terminal it stands below the line that moves, and its end is written where every command ends.
      const onStop = (): void => {
        if (!quiet) stream.write(stream.isTTY ? `\n${ifStopped}` : `${ifStopped}\n`)
      }
      if (ifStopped !== undefined) process.prependOnceListener('SIGINT', onStop)
      const announce = (): void => {
        clearTimeout(slow)
        if (silent.delete(announce)) line(fit(said))
      }
      silent.add(announce)
      const slow = stream.isTTY ? undefined : setTimeout(announce, SLOW_MS)
      slow?.unref()
      return {
        update(fraction, text) {
          const now = performance.now()
          const left = fraction > 0.05 ? ((now - begin) / fraction) * (1 - fraction) : null
          const end = left === null ? '' : `, ${formatSeconds(left / 1000)} left`
          said = { text: `  ${name} … ${printable(text)}`, end }
          if (now - shown < (stream.isTTY ? UPDATE_MS.terminal : UPDATE_MS.log)) return
          shown = now
          if (stream.isTTY) live(said)
          else line(fit(said))
        },
        done(result, isRed = false) {
          const text = result === undefined ? undefined : printable(result)
          clearTimeout(slow)
          process.off('SIGINT', onStop)
          silent.delete(announce)
          const [sign, style] = isRed ? (['!', 'yellow'] as const) : (['✓', 'green'] as const)
          const seconds = formatSeconds((performance.now() - begin) / 1000)
          const isLong = `✓ ${name}  ${seconds}  ${text}`.length > COLUMNS
          const detail = text === undefined ? '' : `${isLong ? '\n    ' : '  '}${paint('dim', text)}`
          line(`${paint(style, sign)} ${name}  ${paint('dim', seconds)}${detail}`)
        },
      }
    },
    warn(text) {
      for (const announce of [...silent]) announce()
      line(`${paint('yellow', '!')} ${wrap(text, COLUMNS - 2).join('\n  ')}`)
    },
  }
}
