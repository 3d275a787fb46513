import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { describe, expect, test } from 'vitest'
import { drawHistogram } from '../../src/report/histogram-svg.ts'

const plot = {
  title: 'a <b> & "c"',
  origin: -1,
  width: 0.5,
  shares: [0.1, 0.2, 0, 0.6, 0.1],
  low: -0.5,
  high: 1,
}

describe('histogram picture', () => {
  test('is XML, with a bar for each occupied bar and colours by the cut', () => {
    const svg = drawHistogram(plot)
    expect(XMLValidator.validate(svg)).toBe(true)
    const parsed = new XMLParser({ ignoreAttributes: false }).parse(svg) as {
      svg: { rect: { '@_fill': string; '@_x': string }[]; line: unknown[]; title: string }
    }
    expect(parsed.svg.rect.map((bar) => bar['@_fill'])).toEqual(['#d9822b', '#3b6ea8', '#3b6ea8', '#d9822b'])
    expect(parsed.svg.title).toContain('-0.5 to 1')
    // Two cuts and the base line.
    expect(parsed.svg.line).toHaveLength(3)
  })

  test('a cut outside the histogram is inside the picture', () => {
    const svg = drawHistogram({ ...plot, low: -50, high: 50 })
    const xs = [...svg.matchAll(/ x1?="(-?[\d.]+)"/g)].map((match) => Number(match[1]))
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...xs)).toBeLessThanOrEqual(480)
  })

  test('an empty tensor and a constant one are drawn, too', () => {
    for (const shares of [[], [1]])
      expect(XMLValidator.validate(drawHistogram({ ...plot, shares, low: 0, high: 0 }))).toBe(true)
  })
})
