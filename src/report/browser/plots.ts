/** This file draws the plots of a layer: how often each code occurs, and which channels and pixels are wrong. */
import type { CodeHistogram, ErrorMap } from '../../diff/error-map.ts'
import { type Child, draw, formatCount, make } from './elements.ts'

const WIDTH = 320

/**
 * Draws bars of expected and received codes beside each other, or of the expected codes alone if all are equal.
 * @param usualCodes how many codes a tensor has whose histogram does not say.
 */
export function drawHistogram(histogram: CodeHistogram, usualCodes: number): readonly Child[] {
  const { expected, actual, codes = usualCodes, least = 0 } = histogram
  const most = Math.log1p(Math.max(...expected, ...(actual ?? [])))
  const step = WIDTH / expected.length
  const span = codes / expected.length
  const plot = draw('svg', {
    class: 'plot',
    viewBox: `0 0 ${WIDTH} 116`,
    role: 'img',
    'aria-label': 'How often each code occurs, on a logarithmic scale',
  })
  const drawBars = (counts: readonly number[], kind: 'want' | 'got', left: number, width: number): void => {
    for (const [bin, count] of counts.entries()) {
      if (count === 0) continue
      const height = Math.max(1.5, (98 * Math.log1p(count)) / most)
      const bar = {
        class: kind,
        x: (bin * step + left).toFixed(1),
        y: (100 - height).toFixed(1),
        width: width.toFixed(1),
        height: height.toFixed(1),
      }
      const word = kind === 'want' ? 'expected' : 'received'
      const range = `codes ${least + bin * span} to ${least + (bin + 1) * span - 1}`
      plot.append(draw('rect', bar, `${range}: ${formatCount(count)} ${word}`))
    }
  }
  drawBars(expected, 'want', 0.5, actual === null ? step - 1 : step / 2 - 0.8)
  if (actual !== null) drawBars(actual, 'got', step / 2, step / 2 - 0.8)
  plot.append(
    drawTick(0, 'start', String(least)),
    drawTick(WIDTH / 2, 'middle', 'code'),
    drawTick(WIDTH, 'end', String(least + codes - 1)),
  )
  const key = make('p', { class: 'soft key' }, 'Logarithmic.', ...makeSwatch('want', 'expected'))
  if (actual !== null) key.append(...makeSwatch('got', 'received'))
  return [make('h4', {}, 'Activations'), plot, key]
}

function drawTick(x: number, anchor: 'start' | 'middle' | 'end', text: string): SVGElement {
  const tick = draw('text', { class: `tick ${anchor}`, x, y: 113 })
  tick.textContent = text
  return tick
}

const makeSwatch = (kind: 'want' | 'got', text: string): readonly Child[] => [
  make('i', { class: kind }),
  text,
]

/** @param perChannel elements of a channel. */
export function drawChannels({ channels }: ErrorMap, perChannel: number): SVGElement {
  const plot = draw('svg', {
    class: 'plot',
    viewBox: `0 0 ${WIDTH} 72`,
    role: 'img',
    'aria-label': 'Wrong elements by channel',
    preserveAspectRatio: 'none',
  })
  const most = Math.max(...channels)
  const step = WIDTH / channels.length
  for (const [channel, count] of channels.entries()) {
    if (count === 0) continue
    const height = Math.max(2, (70 * count) / most)
    const bar = {
      class: 'wrong',
      x: (channel * step).toFixed(2),
      y: (72 - height).toFixed(1),
      width: Math.max(0.6, step - (step > 3 ? 1 : 0)).toFixed(2),
      height: height.toFixed(1),
    }
    plot.append(draw('rect', bar, `channel ${channel}: ${formatCount(count)} of ${formatCount(perChannel)}`))
  }
  return plot
}

/** Draws the wrong elements by pixel over all channels, with the worst place in words. */
export function drawHeatMap({ width, height, cell, counts }: ErrorMap): readonly Child[] {
  const canvas = make('canvas', { class: 'heat', width, height, role: 'img' })
  const most = Math.max(...counts)
  const context = canvas.getContext('2d')!
  const hot = getComputedStyle(document.documentElement).getPropertyValue('--hot')
  for (const [index, count] of counts.entries()) {
    if (count === 0) continue
    context.fillStyle = `rgba(${hot},${(0.15 + (0.85 * count) / most).toFixed(3)})`
    context.fillRect(index % width, Math.floor(index / width), 1, 1)
  }
  const worst = counts.indexOf(most)
  const [x, y] = [(worst % width) * cell, Math.floor(worst / width) * cell]
  const size = cell > 1 ? `; a cell is ${cell} x ${cell} pixels` : ''
  const text = `Most, ${formatCount(most)}, at row ${y}, column ${x}${size}.`
  canvas.setAttribute('aria-label', `Wrong elements by pixel, over all channels. ${text}`)
  return [canvas, make('p', { class: 'soft' }, text)]
}
