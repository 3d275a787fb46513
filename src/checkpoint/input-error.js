/**
 * The user's input is at fault: a file that is not what it should be, an option that makes no sense. The command line turns it
 * into exit code 2. The message says what is wrong and where; `advice`, what to do next.
 */
export class InputError extends Error {
  name = 'InputError'
  /** The file, option or place in a file at fault. */
  where
  /** What to do next; empty where the message already says it. */
  advice
  constructor(what, where, advice = '', options) {
    const stop = advice === '' || /[.?!:;]$/.test(what) ? '' : '.'
    super(`${where}: ${what}${stop}${advice === '' ? '' : ` ${advice}`}`, options)
    this.where = where
    this.advice = advice
  }
}
