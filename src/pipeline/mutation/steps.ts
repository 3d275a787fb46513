/** In which order a test meets the mutants, and what each failure means. */
import type { Entry } from './journal.ts'

export interface Meeting {
  readonly name: string
  readonly limitMs: number
  /** Whether it runs without a mutant after every kill. */
  readonly isCareful: boolean
  readonly alive: readonly number[]
  /** Models with mutants that the last run asked for. */
  readonly asked: () => number
  /** Whether no mutant was awake in this process before. */
  readonly isFirst: () => boolean
  readonly kill: (mutant: number) => void
  readonly write: (entry: Entry) => void
  /** Ends the process: the next one continues. */
  readonly die: () => void
}

/**
 * Yields the mutant that the test runs with next, 0 for none, and is given what that run failed with. A test has to pass twice without a
 * mutant before it meets the first, and once more after the last: one that depends on how often it ran would blame a mutant for that.
 */
export function* stepsOf(meeting: Meeting): Generator<number, void, string | null> {
  const { name, isCareful, write } = meeting
  const failure = yield 0
  if (failure !== null || meeting.asked() === 0) {
    const reason =
      failure === null ? 'it opens its model only the first time' : `when it is repeated: ${failure}`
    write({ kind: 'unsteady', test: name, reason })
    return
  }
  for (const mutant of meeting.alive) {
    const isFirst = meeting.isFirst()
    write({ kind: 'try', test: name, mutant, limitMs: meeting.limitMs })
    const reason = yield mutant
    if (reason === null) continue
    if (isCareful && (yield 0) !== null) {
      // Who spoilt the process: this mutant, if it was the first in it; else nobody knows.
      write(isFirst ? { kind: 'killed', test: name, mutant, reason } : { kind: 'alone', test: name, mutant })
      meeting.die()
    }
    write({ kind: 'killed', test: name, mutant, reason })
    meeting.kill(mutant)
  }
  const isSpoilt = (yield 0) !== null
  // With care each kill was looked at: then it was a mutant that lives.
  write({ kind: isSpoilt && !isCareful ? 'careful' : 'done', test: name })
  if (isSpoilt) meeting.die()
}
