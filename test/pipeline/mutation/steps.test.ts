/** The order in which a test meets mutants: a test of plain functions plays the part of the user's. */
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../src/pipeline/mutation/journal.ts'
import { stepsOf } from '../../../src/pipeline/mutation/steps.ts'

class Died extends Error {}

interface Given {
  readonly isCareful?: boolean
  readonly asked?: number
  readonly alive?: readonly number[]
  readonly isFirst?: boolean
}

/** @param fails what the test says to each step; null: it passes. */
function meet(fails: (mutant: number, number: number) => string | null, given: Given = {}) {
  const { isCareful = false, asked = 1, alive = [1, 2], isFirst = false } = given
  const said: Entry[] = []
  const mutants: number[] = []
  const killed: number[] = []
  const generator = stepsOf({
    name: 't',
    isCareful,
    alive,
    limitMs: 1000,
    asked: () => asked,
    isFirst: () => isFirst,
    kill: (mutant) => killed.push(mutant),
    write: (entry) => said.push(entry),
    die: () => {
      throw new Died()
    },
  })
  let died = false
  try {
    let next = generator.next(null)
    while (next.done !== true) {
      mutants.push(next.value)
      next = generator.next(fails(next.value, mutants.length))
    }
  } catch (error) {
    if (!(error instanceof Died)) throw error
    died = true
  }
  return {
    died,
    killed,
    mutants,
    said: said.map((entry) => ('mutant' in entry ? `${entry.kind} ${entry.mutant}` : entry.kind)),
    reasons: said.flatMap((entry) => ('reason' in entry ? [entry.reason] : [])),
  }
}

describe('a steady test', () => {
  test('runs without a mutant before the first and after the last', () => {
    const run = meet((mutant) => (mutant === 2 ? 'expected 1' : null))
    expect(run).toMatchObject({
      died: false,
      mutants: [0, 1, 2, 0],
      killed: [2],
      said: ['try 1', 'try 2', 'killed 2', 'done'],
      reasons: ['expected 1'],
    })
  })
})

describe('a test says nothing of mutants', () => {
  test('if it fails when it is repeated', () => {
    const run = meet(() => 'expected 3\nreceived 6')
    expect(run).toMatchObject({ mutants: [0], said: ['unsteady'], killed: [] })
    expect(run.reasons[0]).toMatch(/^when it is repeated: expected 3/)
  })

  test('if it opens its model the first time only', () => {
    expect(meet(() => null, { asked: 0 })).toMatchObject({
      said: ['unsteady'],
      reasons: ['it opens its model only the first time'],
    })
  })
})

describe('a mutant that spoils what outlasts a run', () => {
  const spoil = (by: number) => {
    let isSpoilt = false
    return (mutant: number): string | null => {
      isSpoilt ||= mutant === by
      return isSpoilt ? 'spoilt' : null
    }
  }

  test('makes the kills of the test void, and the process ends', () => {
    const run = meet(spoil(1))
    expect(run).toMatchObject({ died: true, said: ['try 1', 'killed 1', 'try 2', 'killed 2', 'careful'] })
  })

  test('with care it is looked at alone, in a process of its own', () => {
    const again = meet(spoil(1), { isCareful: true })
    expect(again).toMatchObject({ died: true, mutants: [0, 1, 0], said: ['try 1', 'alone 1'], killed: [] })
    const alone = meet(spoil(1), { isCareful: true, isFirst: true })
    expect(alone).toMatchObject({ died: true, said: ['try 1', 'killed 1'] })
  })

  test('with care other kills stand', () => {
    const run = meet((mutant) => (mutant === 1 ? 'expected 1' : null), { isCareful: true })
    expect(run).toMatchObject({
      died: false,
      mutants: [0, 1, 0, 2, 0],
      killed: [1],
      said: ['try 1', 'killed 1', 'try 2', 'done'],
    })
  })

  test('one that lives ends the test, and the process', () => {
    const run = meet((_, number) => (number > 3 ? 'spoilt' : null), { isCareful: true })
    expect(run).toMatchObject({ died: true, said: ['try 1', 'try 2', 'done'] })
  })
})
