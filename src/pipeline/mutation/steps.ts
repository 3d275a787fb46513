/** In which order a test meets the mutants, and what each failure means. */
import type { Entry } from './journal.ts'

/** How a test is run next. */
export interface Step {
  /** 0: none. */
  readonly mutant: number
  /** Whether the tests before it in its suite run again, too. */
  readonly withEarlier: boolean
}

export interface Meeting {
  readonly name: string
  /** Whether its model was opened by a hook of its suite. */
  readonly inSuite: boolean
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
 * A test has to pass twice without a mutant before it meets the first, and once more after the last: a test that depends on how often it ran
 * would blame a mutant for that. Each step is given what the run before it failed with.
 */
export function* stepsOf(meeting: Meeting): Generator<Step, void, string | null> {
  const { name, inSuite, isCareful, write } = meeting
  let withEarlier = false
  let failure = yield { mutant: 0, withEarlier }
  // A test may build on what the tests before it did to a model that they share.
  if (failure !== null && inSuite) {
    withEarlier = true
    failure = yield { mutant: 0, withEarlier }
  }
  const isSteady = failure === null && meeting.asked() > 0
  if (!isSteady) {
    const why =
      failure === null ? 'it opens its model only the first time' : `when it is repeated: ${failure}`
    write({ kind: 'unsteady', test: name, reason: why })
    return
  }
  for (const mutant of meeting.alive) {
    const isFirst = meeting.isFirst()
    write({ kind: 'try', test: name, mutant, limitMs: meeting.limitMs })
    const reason = yield { mutant, withEarlier }
    if (reason === null) continue
    if (isCareful && (yield { mutant: 0, withEarlier }) !== null) {
      // Who spoilt the process: this mutant, if it was the first in it; else nobody knows.
      write(isFirst ? { kind: 'killed', test: name, mutant, reason } : { kind: 'alone', test: name, mutant })
      meeting.die()
    }
    write({ kind: 'killed', test: name, mutant, reason })
    meeting.kill(mutant)
  }
  // The tests that follow find the model as they would have found it.
  const isSpoilt = (yield { mutant: 0, withEarlier: inSuite }) !== null
  // With care each kill was looked at: then it was a mutant that lives.
  write({ kind: isSpoilt && !isCareful ? 'careful' : 'done', test: name })
  if (isSpoilt) meeting.die()
}
