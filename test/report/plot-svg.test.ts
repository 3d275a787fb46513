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

  test('names at the x axis stand at its ends and between, inside of the picture', () => {
    const points = [0, 5, 10].map((at) => [at, at] as const)
    const svg = String(
      plotLines({
        ...{ title: 't', xLabel: 'x', yLabel: 'y', size: [420, 290], series: [{ name: 'a', points }] },
        xNames: [
          [0, 'first'],
          [5, 'second'],
          [10, 'last'],
        ],
      }),
    )
    const named = [...svg.matchAll(/<text x="([\d.]+)"[^>]* text-anchor="(\w+)">(first|second|last)</g)]
    expect(named.map((match) => match.slice(1))).toEqual([
      ['64', 'start', 'first'],
      ['234', 'middle', 'second'],
      ['404', 'end', 'last'],
    ])
    expect(/points="([^"]+)"/.exec(svg)![1]).toMatch(/^64,\S+ 234,\S+ 404,/)
    expect(svg).toContain('viewBox="0 0 420 290"')
  })

  test('a legend of many names stands below the title, one of short names beside it', () => {
    const draw = (...names: readonly string[]): readonly number[] => {
      const series = names.map((name) => ({ name, points: [[0, 1] as const, [1, 2] as const] }))
      const svg = String(plotLines({ title: 't', xLabel: 'x', yLabel: 'y', size: [420, 290], series }))
      return [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="10"/g)].map((match) => Number(match[2]))
    }
    expect(draw('A', 'B', 'C', 'D', 'E')).toEqual([10, 10, 10, 10, 10])
    expect(draw('a long name', 'another', 'a third')).toEqual([24, 24, 24])
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

  test('labels of near points stand at places of their own', () => {
    const near = [0, 0.01, 0.02, 0.03].map((x) => [x, 5] as const)
    const plot = { title: 't', xLabel: 'x', yLabel: 'y', labels: ['W8A8', 'W7A7', 'W6A6', 'W5A5'] }
    const svg = String(plotLines({ ...plot, series: [{ name: 's', points: [...near, [100, 6]] }] }))
    const ys = [...svg.matchAll(/<text x="[^"]*" y="([^"]*)"[^>]*>W\dA\d</g)].map((match) => Number(match[1]))
    expect(ys).toHaveLength(4)
    const gaps = ys.flatMap((y, index) => ys.slice(index + 1).map((other) => Math.abs(other - y)))
    expect(Math.min(...gaps)).toBeGreaterThan(11)
  })

  test('a file brings its colours for light and dark; within a page the page says them', () => {
    const plot = { title: 't', yLabel: 'y', names: ['a'], series: [{ name: 's', values: [1] }] }
    expect(String(plotBars({ ...plot, isFile: true }))).toContain('prefers-color-scheme:dark')
    expect(String(plotBars(plot))).not.toMatch(/<style|white|#ddd/)
  })

  test('nothing to plot is refused', () => {
    expect(() => plotLines({ title: 't', xLabel: '', yLabel: '', series: [] })).toThrow(
      /points to plot in "t"/,
    )
  })
})
