/** A bench that the user writes in TypeScript: it gives the codes, however it comes by them. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { InputError } from '../../input/input-error.ts'
import { check, closedObject, tupleOf, whole } from '../../input/schema.ts'
import type { ProbeBench } from '../../operator/probe-types.ts'
import { importDefault, loadModule } from '../modules/load-module.ts'
import { type ProbePlan, planBench, type SaidRanges } from './ranges.ts'
import type { Answer } from './run.ts'

const range = (low: number, high: number) => v.optional(tupleOf(whole(low, high), whole(low, high)))

const benchSchema = closedObject({
  accBits: whole(8, 64),
  codeBits: whole(2, 16),
  multiplier: range(1, 2 ** 31 - 1),
  shift: range(-63, 63),
  zeroPoint: range(-65_535, 65_535),
  scale: v.optional(v.boolean()),
  answer: v.custom<ProbeBench['answer']>((value) => typeof value === 'function', 'a function'),
})

const ADVICE = 'Write `export default defineProbe({ … })`.'

/** @throws InputError if the file is missing, does not load, or is no bench */
export async function loadBench(
  path: string,
  said: SaidRanges,
): Promise<{ readonly answer: Answer; readonly plans: readonly ProbePlan[] }> {
  const full = resolve(path)
  if (!existsSync(full)) throw new InputError('no such file', path, 'Check the path.')
  const bench: ProbeBench = await loadModule(path, async () =>
    check(benchSchema, await importDefault(full), path, ADVICE),
  )
  return { answer: answerWith(bench, path), plans: planBench(bench, said) }
}

const answerWith =
  ({ answer }: ProbeBench, path: string): Answer =>
  async (beats) => {
    const asked = beats.map(({ acc, by: { multiplier, shift, zeroPoint, scale } }) => ({
      ...{ acc, multiplier, shift, zeroPoint, scale },
    }))
    const codes: unknown = await answer(asked)
    if (!Array.isArray(codes) || codes.length !== beats.length)
      throw new InputError(
        `answer: expected a list of ${beats.length} codes, one a beat, got ${Array.isArray(codes) ? `${codes.length}` : typeof codes}`,
        path,
      )
    return codes.map((code: unknown, index) => {
      if (typeof code === 'bigint') return code
      if (Number.isInteger(code)) return BigInt(code as number)
      throw new InputError(`answer: expected whole numbers, got ${String(code)} for beat ${index}`, path)
    })
  }
