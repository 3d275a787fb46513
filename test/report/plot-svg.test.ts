import { XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { chooseTicks, plotBars, plotLines } from '../../src/report/plot-svg.ts'

describe('chooseTicks', () => {
  test.each([
    { low: 0, high: 1, ticks: [0, 0.2, 0.4, 0.6, 0.8, 1] },
    { low: 3, high: 41.7, ticks: [0, 10, 20, 30, 40, 50] },
    { low: -3, high: 3, ticks: [-3, -2, -1, 0, 1, 2, 3] },
    { low: 5, high: 5, ticks: [5, 6, 7, 8, 9, 10] },
  ])('$low to $high', ({ low, high, ticks }) => {
    expect(chooseTicks(low, high)).toEqual(ticks)
  })
})

describe('plots', () => {
  const lines = String(
    plotLines({
      title: 'a < b & "c"',
      xLabel: 'x',
      yLabel: 'y',
      labels: ['one', 'two'],
      series: [
        {
          name: 'first',
          points: [
            [10, 1],
            [0, 0],
            [5, Number.NaN],
          ],
        },
        {
          name: 'second',
          points: [
            [0, 1],
            [10, 1],
          ],
        },
      ],
    }),
  )

  test('are XML, whatever the names', () => {
    expect(XMLValidator.validate(lines)).toBe(true)
    expect(lines).toContain('<title>a &lt; b &amp; &quot;c&quot;</title>')
  })

  test('join finite points in order of x, larger values higher up', () => {
    const [points] = /points="([^"]+)" *\/>/.exec(lines)!.slice(1)
    const pairs = points!.split(' ').map((pair) => pair.split(',').map(Number))
    expect(pairs).toHaveLength(2)
    const [x0, y0, x1, y1] = pairs.flat()
    expect(x0!).toBeLessThan(x1!)
    expect(y0!).toBeGreaterThan(y1!)
  })

  test('bars stand on zero; what is not finite has none', () => {
    const bars = String(
      plotBars({
        title: 't',
        yLabel: 'dB',
        names: ['a', 'b', 'c'],
        series: [{ name: 's', values: [10, Number.POSITIVE_INFINITY, 20] }],
      }),
    )
    expect(XMLValidator.validate(bars)).toBe(true)
    const heights = [...bars.matchAll(/height="([\d.]+)" fill="#1f77b4"><title>/g)].map((found) =>
      Number(found[1]),
    )
    expect(heights).toHaveLength(2)
    expect(heights[1]! / heights[0]!).toBeCloseTo(2, 2)
  })

  test('nothing to plot is refused', () => {
    expect(() => plotLines({ title: 't', xLabel: '', yLabel: '', series: [] })).toThrow(
      /points to plot in "t"/,
    )
  })
})
