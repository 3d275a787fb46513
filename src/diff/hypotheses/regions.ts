/** The part of a layer in which alone elements are wrong: what computes one lane, or one channel, computes otherwise. */
import type { Codes } from '../../golden/types.ts'
import type { Shape } from '../../graph/types.ts'
import { changePrediction, type Hypothesis, type Surroundings } from './hypothesis.ts'

interface Region {
  /** Behind an @ in the id of a hypothesis. */
  readonly id: string
  readonly says: string
  readonly has: (index: number) => boolean
}

/** What is wrong, and what should be there. */
interface Difference {
  readonly expected: Codes
  readonly shape: Shape
  readonly wrong: Int32Array
}

/** The hypotheses, then each of them in the regions alone that hold all wrong elements, if not all of the layer. */
export function withRegions(
  hypotheses: readonly Hypothesis[],
  difference: Difference,
  around: Pick<Surroundings, 'inputLanes' | 'outputLanes' | 'pixels' | 'lanes'>,
): readonly Hypothesis[] {
  const { expected } = difference
  const confined = regionsOf(difference, around).flatMap((region) =>
    hypotheses.map((hypothesis) => confine(hypothesis, region, expected)),
  )
  return [...hypotheses, ...confined]
}

function regionsOf(
  { wrong, shape: [channels, height, width] }: Difference,
  { inputLanes, outputLanes, pixels, lanes }: Parameters<typeof withRegions>[2],
): readonly Region[] {
  if (wrong.length === 0) return []
  const plane = height * width
  // Idle lanes may lie between the channels of a convolution.
  const places = new Int32Array(channels).map((_, channel) => lanes?.outputs.indexOf(channel) ?? channel)
  const channelOf = (index: number): number => Math.floor(index / plane)
  const widths = [...new Set([inputLanes, outputLanes])]
  const rules = [
    ...widths.map((count) => ({
      ...{ id: 'lane', of: count, says: (lane: number) => `in lane ${lane} of every ${count} channels` },
      ...{ from: (index: number) => places[channelOf(index)]! % count, most: Math.min(channels, count) },
    })),
    {
      ...{ id: 'pixel', of: pixels, says: (at: number) => `in pixel ${at} of every ${pixels} of a row` },
      ...{ from: (index: number) => (index % width) % pixels, most: Math.min(width, pixels) },
    },
    {
      ...{
        id: 'group',
        of: outputLanes,
        says: (at: number) => `in the ${outputLanes} output channels from ${at * outputLanes} on`,
      },
      ...{
        from: (index: number) => Math.floor(places[channelOf(index)]! / outputLanes),
        most: Math.ceil(channels / outputLanes),
      },
    },
    {
      ...{ id: 'tile', of: pixels, says: (at: number) => `in the ${pixels} columns from ${at * pixels} on` },
      ...{ from: (index: number) => Math.floor((index % width) / pixels), most: Math.ceil(width / pixels) },
    },
    {
      ...{ id: 'row', of: height, says: (at: number) => `in row ${at}` },
      ...{ from: (index: number) => Math.floor(index / width) % height, most: height },
    },
    {
      ...{ id: 'channel', of: channels, says: (channel: number) => `in channel ${channel}` },
      ...{ from: channelOf, most: channels > Math.min(...widths) ? channels : 1 },
    },
  ]
  return rules.flatMap(({ id, of, says, from, most }): readonly Region[] => {
    const own = from(wrong[0]!)
    if (most === 1 || wrong.some((index) => from(index) !== own)) return []
    const name = id === 'channel' ? `${id}-${own}` : `${id}-${own}-of-${of}`
    return [{ id: name, says: says(own), has: (index) => from(index) === own }]
  })
}

function confine(hypothesis: Hypothesis, region: Region, expected: Codes): Hypothesis {
  return {
    id: `${hypothesis.id}@${region.id}`,
    change: hypothesis.change,
    says: `${hypothesis.says}, ${region.says}`,
    predict: () => {
      const whole = hypothesis.predict()
      return (
        whole &&
        changePrediction(whole, (codeAt) => (index) => (region.has(index) ? codeAt(index) : expected[index]!))
      )
    },
  }
}
