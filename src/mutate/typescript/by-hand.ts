/**
 * Mutants that no operator makes: a removed call, a field left out of a key, a condition with one term less. Each is a change
 * of text, with the tests that must fail for it.
 */
import { readFile, rm } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { type Checked, checkJson, closedObject } from '../../input/schema.ts'
import { ToolError } from '../../input/tool-error.ts'
import { makeBench, runPlain } from './vitest-run.ts'

const handMade = closedObject({
  file: v.string(),
  /** Text of the file, to be found in it once. */
  before: v.string(),
  after: v.string(),
  /** What goes wrong for whoever trusts the result. */
  why: v.string(),
  tests: v.array(v.string()),
})
export type HandMade = Checked<typeof handMade>

const LIST = join('test', 'mutate', 'pipeline-mutants.json')
const LIMIT_MS = 300_000

/** `text` with the mutant in it. @throws {Error} its place is not there, or there twice */
export function applyMutant({ file, before, after }: HandMade, text: string): string {
  const count = text.split(before).length - 1
  if (count !== 1) throw new Error(`${LIST}: ${file} holds ${count} times, not once: ${before}`)
  return text.replace(before, () => after)
}

/** @returns mutants that their tests do not notice; @throws ToolError where the tests fail as it is */
export async function runByHand(folder: string, signal: AbortSignal): Promise<readonly HandMade[]> {
  const list = checkJson(v.array(handMade), await readFile(LIST, 'utf8'), LIST)
  const texts = await Promise.all(
    list.map(async (mutant) => applyMutant(mutant, await readFile(mutant.file, 'utf8'))),
  )
  const tests = [...new Set(list.flatMap((mutant) => mutant.tests))]
  const own = join(folder, 'by-hand')
  await rm(own, { recursive: true, force: true })
  const options = { limitMs: 3 * LIMIT_MS, signal }
  await using unbroken = await makeBench(join(own, 'none'), new Map())
  const failure = await runPlain(unbroken, tests, options)
  if (failure !== null)
    throw new ToolError(`The tests have to pass before anything is broken: ${failure}`, {
      tool: 'vitest',
      output: failure,
    })
  const alive: HandMade[] = []
  const queue = [...list.entries()]
  await Promise.all(
    Array.from({ length: cpus().length }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        const [index, mutant] = item
        await using bench = await makeBench(join(own, String(index)), new Map([[mutant.file, texts[index]!]]))
        const reason = await runPlain(bench, mutant.tests, { limitMs: LIMIT_MS, signal })
        signal.throwIfAborted()
        process.stderr.write(`  ${reason === null ? 'ALIVE ' : 'killed'} ${mutant.file}: ${mutant.why}\n`)
        if (reason === null) alive.push(mutant)
      }
    }),
  )
  return alive
}
