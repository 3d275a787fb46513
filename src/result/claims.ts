/** What a result says of its parts, held against them: a result that comes from a file may say anything. */
import { InputError } from '../input/input-error.ts'
import { conclude } from './conclusion.ts'
import { isRed, type SimResult } from './result.ts'

/** @throws InputError for a result whose verdict, counts or totals contradict its parts. */
export function checkClaims(result: SimResult, path: string): void {
  const network = new Map(result.network.map(({ name, shape }) => [name, shape]))
  const refuse = (what: string): never => {
    throw new InputError(what, path, 'Something changed the report: run it again.')
  }
  const { layers, boxes, verdict, counts, totals } = result
  const parts = boxes === null ? layers : [...layers, boxes]
  const own = parts.length === 0 ? null : conclude(result, totals.buildSeconds)
  const said = result.stimulus?.isRed === true ? 'mismatch' : (own?.verdict ?? 'mismatch')
  if (verdict !== said) refuse(`the report says ${verdict}, its ${parts.length} parts say ${said}`)
  const claims: Readonly<Record<string, number>> = { ...counts, ...totals }
  for (const [name, value] of Object.entries({ ...own?.counts, ...own?.totals }))
    if (claims[name] !== value) refuse(`the report says ${claims[name]} for ${name}, its parts say ${value}`)
  const seen = new Set<string>()
  for (const { name, elements, shape, seeds } of layers) {
    if (seen.has(name)) refuse(`layer ${name} appears twice`)
    seen.add(name)
    const [channels, height, width] = network.get(name) ?? shape
    const size = channels * height * width
    if (elements !== size) refuse(`${elements} elements of ${name} were compared, it has ${size}`)
    if (seeds?.red.some((seed) => !seeds.run.includes(seed)) === true)
      refuse(`${name} is red from a seed that it did not run from`)
  }
  for (const { seeds } of parts)
    if (seeds?.faults?.some(({ seed }) => !seeds.red.includes(seed)) === true)
      refuse('a part tells a fault from a seed from which it was not red')
  for (const part of parts)
    if (part.seeds !== undefined && part.seeds.red.length > 0 && !isRed(part))
      refuse('a part has a red seed but is not red')
}
