/** Rules over the files of `src/`, all but what is generated: what only some of them may use. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Rule, readSource } from './syntax.ts'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))

export const SOURCE_FILES: readonly string[] = (readdirSync(SOURCES, { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts') && !/\.(min|as)\.ts$/.test(name))
  .sort()

/** Whether a list's entry covers a file: files, and folders with a stroke at the end. */
const isIn = (name: string, allowed: string): boolean =>
  allowed.endsWith('/') ? name.startsWith(allowed) : name === allowed

export const checkSources = (rule: Rule, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => rule(readSource(name, readFileSync(`${SOURCES}${name}`, 'utf8'))))

interface Hold {
  readonly what: string
  readonly rule: Rule
  /** Files, and folders with a stroke at the end. */
  readonly allowed: readonly string[]
}

/** Tests that what a rule finds stands in the allowed files, in each of them and in no other. */
export function holdRules(rules: readonly Hold[]): void {
  describe.each(rules)('$what', ({ rule, allowed }) => {
    test('is used by those alone that may', () => {
      const others = SOURCE_FILES.filter((name) => !allowed.some((one) => isIn(name, one)))
      expect(others.length).toBeGreaterThan(300)
      expect(checkSources(rule, others)).toEqual([])
    })

    test.each(allowed)('is used in %s', (one) => {
      const own = SOURCE_FILES.filter((name) => isIn(name, one))
      expect(checkSources(rule, own)).not.toEqual([])
    })
  })
}
