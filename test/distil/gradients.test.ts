import { describe, expect, test } from 'vitest'
import { ASSAY } from '../../src/arithmetic/built-in.ts'
import { openLearning } from '../../src/distil/learning.ts'
import { LOSSES } from '../../src/distil/losses.ts'
import type { Arrays } from '../../src/distil/parameters.ts'
import { slopeOf } from '../../src/distil/student.ts'
import { TrainingNetwork } from '../../src/distil/training-network.ts'
import { toNchwFloat } from '../../src/image/planes.ts'
import { withConcat } from '../quantise/concat-profiles.ts'
import { quantiseBranched } from './quantise-branched.ts'

const FEATURES = ['wide', 'down', 'fine']

describe.each([ASSAY, withConcat(ASSAY)])('slopes are those of differences, under $name', async (profile) => {
  const { graph, integer, images } = await quantiseBranched(
    { weightBits: 6, activationBits: 16, tableBits: 12, profile },
    { observer: 'max' },
  )
  const learning = openLearning(graph, integer)
  const inputs: Arrays = new Map([['images', toNchwFloat(images[0]!)]])
  for (const one of learning.parameters) one.feed(inputs)

  /** The sum of the three losses with some inputs changed. */
  async function lossAt(network: TrainingNetwork, changed: Arrays): Promise<number> {
    const results = await network.run(new Map([...inputs, ...changed]))
    return LOSSES.reduce((sum, name) => sum + results.get(name)![0]!, 0)
  }

  const network = await TrainingNetwork.open(learning.student(graph), FEATURES)
  const slopes = await network.run(inputs)
  const learned = [...inputs.keys()].filter((name) => slopes.has(slopeOf(name)))

  test('every scale, bias and step has one', () => {
    const convs = integer.nodes.filter(({ op }) => op === 'conv').length
    expect(learned.filter((name) => name.endsWith(':scale'))).toHaveLength(convs)
    expect(learned.filter((name) => name.endsWith(':bias'))).toHaveLength(convs)
    expect(learned.filter((name) => name.endsWith(':step')).length).toBeGreaterThan(5)
    const steps = ['concat', 'joined'].map((name) => learned.includes(`${name}:step`))
    expect(steps).toEqual([profile !== ASSAY, profile !== ASSAY])
  })

  // With 16 bits rounding is fine enough for differences. The slope of a step is another: see below.
  test.each(learned.filter((name) => !name.endsWith(':step')))('%s', async (name) => {
    const values = inputs.get(name)!
    const own = slopes.get(slopeOf(name))!
    const largest = Math.max(...own.map(Math.abs))
    for (let i = 0; i < values.length; i++) {
      const by = name.endsWith(':scale') ? 0.005 * values[i]! : 0.005
      const moved = (sign: number): Arrays => new Map([[name, values.with(i, values[i]! + sign * by)]])
      const difference = ((await lossAt(network, moved(1))) - (await lossAt(network, moved(-1)))) / (2 * by)
      expect(Math.abs(own[i]! - difference)).toBeLessThan(0.05 * Math.abs(difference) + 0.03 * largest)
    }
  })
})
