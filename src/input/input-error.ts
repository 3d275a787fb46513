/** This file defines the error of the user's input. */
const MOST_QUOTED = 1000

/**
 * The user's input is at fault: a file that is not what it should be, an option that makes no sense. The command line exits with 2.
 * The message says what is wrong and where, and `advice` says what to do next.
 */
export class InputError extends Error {
  override readonly name = 'InputError'
  /** The file, option or place in a file at fault. */
  readonly where: string
  /** What to do next; empty if the message already says it. */
  readonly advice: string

  constructor(what: string, where: string, advice = '', options?: ErrorOptions) {
    // A message may quote a damaged file at length.
    const said = what.length > MOST_QUOTED ? `${what.slice(0, MOST_QUOTED)}…` : what
    const stop = /[.?!:;]$/.test(said) ? '' : '.'
    // After a list the advice has a line of its own.
    const gap = said.includes('\n') ? '\n' : `${stop} `
    super(
      `${where}:${said.startsWith('\n') ? '' : ' '}${said}${advice === '' ? '' : `${gap}${advice}`}`,
      options,
    )
    this.where = where
    this.advice = advice
  }
}
