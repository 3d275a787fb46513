/** The files of `src/` that rules look at: all but what is generated. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Rule, readSource } from './syntax.ts'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))

export const SOURCE_FILES: readonly string[] = (readdirSync(SOURCES, { recursive: true }) as string[])
  .filter((name) => name.endsWith('.ts') && !/\.(min|as)\.ts$/.test(name))
  .sort()

/** Whether a list's entry covers a file: files, and folders with a stroke at the end. */
export const isIn = (name: string, allowed: string): boolean =>
  allowed.endsWith('/') ? name.startsWith(allowed) : name === allowed

export const checkSources = (rule: Rule, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => rule(readSource(name, readFileSync(`${SOURCES}${name}`, 'utf8'))))
