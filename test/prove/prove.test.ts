/** `make prove`: its list, the text of broken copies, and two proofs with what breaks them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Proof } from '../../src/prove/proof.ts'
import { PROOFS } from '../../src/prove/proofs.ts'
import { PROPERTIES, runProof } from '../../src/prove/run.ts'
import { breakModule, insertProperty } from '../../src/prove/source.ts'
import { isProved } from '../../src/prove/summary.ts'
import { renderDocument, renderTable } from '../../src/prove/table.ts'
import { needs } from '../witness.ts'

const moduleOf = ({ module }: Proof): string => readFileSync(join('rtl', `${module}.sv`), 'utf8')
const named = (name: string): Proof => PROOFS.find((proof) => proof.name === name)!

describe('the list', () => {
  test('has each property once, and no other', () => {
    const files = readdirSync(PROPERTIES).filter((name) => name.endsWith('.sv'))
    expect(PROOFS.map(({ name }) => `${name}.sv`).toSorted()).toEqual(files.toSorted())
  })

  test.each(PROOFS)('$name: every broken copy is another text, and the property has a place', (proof) => {
    const text = moduleOf(proof)
    const copies = proof.broken.map((breakage) => breakModule(text, breakage))
    expect(copies.length).toBeGreaterThan(0)
    expect(new Set([text, ...copies]).size).toBe(copies.length + 1)
    expect(insertProperty(text, '', proof.before)).toContain('prove_holds')
  })

  test('a breakage that does not stand in the module once is refused', () => {
    const breakage = { fault: 'none', from: 'assign', to: '' }
    expect(() => breakModule('module a; endmodule', breakage)).toThrow('found it 0 times')
    expect(() => breakModule('assign assign', breakage)).toThrow('found it 2 times')
    expect(() => insertProperty('module a;', '')).toThrow('expected endmodule once')
  })
})

describe('the table', () => {
  const outcome = {
    proof: named('divider'),
    verdict: 'holds',
    seconds: 1,
    reached: true,
    red: [true, true, true],
  } as const

  test('has 80 columns at most', () => {
    const all = PROOFS.map((proof) => ({ ...outcome, proof }))
    expect(renderTable(all).filter((line) => line.length > 80)).toEqual([])
  })

  test('says what is not proved, and why', () => {
    expect(renderTable([outcome])[1]).toMatch(/unbounded +1\.0 +proved +3\/3$/)
    expect(renderTable([{ ...outcome, reached: false }])[1]).toContain('vacuous')
    expect(renderTable([{ ...outcome, verdict: 'undecided' }])[1]).toContain('undecided')
    expect(isProved(outcome)).toBe(true)
    expect(isProved({ ...outcome, reached: false })).toBe(false)
    expect(isProved({ ...outcome, red: [true, false] })).toBe(false)
  })

  test('is the one of the page', () => {
    const page = readFileSync(join('docs', 'proving.md'), 'utf8')
    const all = PROOFS.map((proof) => ({ ...outcome, proof, red: proof.broken.map(() => true) }))
    expect(page).toContain(renderDocument(all))
  })
})

needs('yosys', 'a proof', () => {
  const small = { ...named('divider'), parameters: { DivisorBits: 6, QuotientBits: 4 }, reach: 8 }

  test('holds, is about something, and its broken copies are red', async () => {
    expect(await runProof(small, moduleOf(small))).toMatchObject({
      verdict: 'holds',
      reached: true,
      red: [true, true, true],
    })
  })

  test('of a module that is wrong is refuted', async () => {
    const wrong = breakModule(moduleOf(small), small.broken[0]!)
    expect(await runProof({ ...small, broken: [] }, wrong)).toMatchObject({ verdict: 'refuted' })
  })

  test('whose cycles are too few is about nothing, and sees no fault', async () => {
    const hasty = { ...small, reach: 1, broken: small.broken.slice(0, 1) }
    expect(await runProof(hasty, moduleOf(small))).toMatchObject({
      verdict: 'holds',
      reached: false,
      red: [false],
    })
  })
})
