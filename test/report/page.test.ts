import { describe, expect, test } from 'vitest'
import { drawNetwork } from '../../src/report/html/graph.ts'
import { layOut } from '../../src/report/html/layout.ts'
import { NO_EXTRAS, renderPage } from '../../src/report/html/page.ts'
import { ALL_CONVOLUTIONS, makeRun } from './broken-run.ts'
import { askPage, hasChromium } from './chromium.ts'

const red = makeRun(['model.2.cv2', 'model.22.cv2.0.2'])
const green = makeRun([])

describe('the layout', () => {
  const sizes = { nodeWidth: 100, nodeHeight: 20, rankStep: 40, gap: 10 }

  test('inputs stand above what reads them, and no two boxes overlap', () => {
    const nodes = red.network.map(({ name, inputs }) => ({ name, inputs }))
    const layout = layOut(nodes, sizes)
    const at = new Map(layout.nodes.map((node) => [node.name, node]))
    expect(layout.nodes).toHaveLength(nodes.length)
    for (const { name, inputs } of nodes)
      for (const input of inputs) expect(at.get(input)!.y).toBeLessThan(at.get(name)!.y)
    for (const a of layout.nodes) {
      expect(a.x).toBeGreaterThanOrEqual(sizes.nodeWidth / 2)
      expect(a.x).toBeLessThanOrEqual(layout.width - sizes.nodeWidth / 2)
      for (const b of layout.nodes)
        if (a !== b && a.rank === b.rank) expect(Math.abs(a.x - b.x)).toBeGreaterThanOrEqual(sizes.nodeWidth)
    }
  })

  test('a long edge passes every rank between its ends', () => {
    const layout = layOut(
      [
        { name: 'a', inputs: [] },
        { name: 'b', inputs: ['a'] },
        { name: 'c', inputs: ['b'] },
        { name: 'd', inputs: ['c', 'a'] },
      ],
      sizes,
    )
    expect(layout.edges.find(({ from, to }) => from === 'a' && to === 'd')!.points).toHaveLength(4)
    expect(layout.edges).toHaveLength(4)
  })
})

describe('the page as text', () => {
  const page = renderPage(red)

  test('a box a layer, red where it differs', () => {
    const svg = drawNetwork(red)
    expect(svg.match(/class="node (exact|red)/g)).toHaveLength(75)
    expect(svg.match(/class="node red/g)).toHaveLength(2)
    expect(svg).toContain('aria-label="model.2.cv2, conv, differs"')
  })

  test('asks no other host for anything', () => {
    const addresses = page.match(/https?:\/\/[^\s"'<)]+/g) ?? []
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg']))
    expect(page).not.toMatch(/<(link|iframe|object|embed)\b|@import|url\(/)
  })

  test('what comes from outside stays text', () => {
    const name = '</script><script>alert(1)</script><img src=x onerror=alert(2)>'
    const evil = renderPage({
      ...red,
      model: name,
      image: name,
      layers: [{ ...red.layers[0]!, name, error: name }],
    })
    expect(evil.match(/<script/g)).toHaveLength(2)
    expect(evil).not.toContain('<img src=x')
  })

  test('stays small where every layer is red', () => {
    expect(renderPage(makeRun(ALL_CONVOLUTIONS)).length).toBeLessThan(1_000_000)
  })

  test('accuracy, coverage, mutants and pictures are there where their files are', () => {
    expect(page).not.toContain('id="mutation"')
    const full = renderPage(red, {
      ...NO_EXTRAS,
      mutation: { hit: 3, all: 4, modules: [{ name: 'q_nms', hit: 3, all: 4 }] },
      coverage: { hit: 9, all: 10 },
      pictures: [{ name: 'detections.png', type: 'image/png', base64: 'AAAA' }],
    })
    expect(full).toContain('<strong>75.0 %</strong>: 3 of 4 mutants')
    expect(full).toContain('<strong>90.0 %</strong>: 9 of 10 points')
    expect(full).toContain('src="data:image/png;base64,AAAA"')
  })
})

test('accuracy of another quantised model is not passed off as this one', () => {
  const accuracy = {
    modelHash: red.modelHash,
    images: 2,
    objects: 3,
    data: 'val',
    yardstick: 'float',
    stages: [],
  }
  const show = (modelHash: string): string =>
    renderPage(red, { ...NO_EXTRAS, accuracy: { ...accuracy, modelHash } as never })
  expect(show(red.modelHash)).not.toContain('another quantised model')
  expect(show('0'.repeat(64))).toContain('another quantised model')
})

describe.skipIf(!hasChromium)('the page in Chromium', () => {
  const shown = `{
    title: document.querySelector('#details h3').textContent,
    pressed: [...document.querySelectorAll('.node[aria-pressed=true]')].map((node) => node.dataset.layer),
    focusable: document.querySelectorAll('.node[tabindex="0"]').length,
    text: document.querySelector('#details').textContent,
  }`

  test('opens with the first divergence: its kind, its maps, its histogram', () => {
    const answer = askPage(
      renderPage(red),
      `({ ...${shown}, canvas: document.querySelectorAll('#details canvas').length, plots: document.querySelectorAll('#details svg').length })`,
    )
    expect(answer).toMatchObject({
      title: 'model.2.cv2',
      pressed: ['model.2.cv2'],
      focusable: 1,
      canvas: 1,
      plots: 2,
    })
    expect((answer as { text: string }).text).toMatch(
      /Looks like off by one: rounding.*Wrong elements by channel/,
    )
  })

  test('arrow keys, Home, End and n move between layers', () => {
    const press = (key: string): string =>
      `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: '${key}', bubbles: true, cancelable: true }))`
    const walk = (keys: readonly string[]): string =>
      `(() => { const seen = []; document.querySelector('.node[tabindex="0"]').focus(); ${keys.map((key) => `${press(key)}; seen.push(document.activeElement.dataset.layer);`).join(' ')} return { seen, shown: ${shown}.title, hash: location.hash } })()`
    expect(
      askPage(renderPage(red), walk(['Home', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'n', 'n', 'End'])),
    ).toMatchObject({
      seen: ['model.0', 'model.1', 'model.2.cv1', 'model.1', 'model.2.cv2', 'model.22.cv2.0.2', 'q NMS'],
      shown: 'q_NMS',
      hash: '#layer=q%20NMS',
    })
  })

  test('a click on a row of the table chooses its layer', () => {
    const click = `(document.querySelector('#layers [data-select="model.9.m@2"]').click(), ${shown})`
    expect(askPage(renderPage(green), click)).toMatchObject({
      title: 'model.9.m@2',
      pressed: ['model.9.m@2'],
    })
  })

  test.each([390, 320, 1280])('nothing sticks out at %d pixels', (width) => {
    const size = `({ page: document.documentElement.scrollWidth, frame: innerWidth, thrown: null })`
    expect(askPage(renderPage(red), size, width)).toEqual({ page: width, frame: width, thrown: null })
  })

  test('text can be read: 4.5 to 1 at least', () => {
    // WCAG 2.1, 1.4.3: relative luminance of text and of what is behind it.
    const contrast = `(() => {
      const parse = (text) => text.match(/[\\d.]+/g).map(Number);
      const luminance = (rgb) => { const [r, g, b] = rgb.slice(0, 3).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const behind = (element) => { for (let e = element; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c; } return [255, 255, 255]; };
      return [...document.querySelectorAll('p, td, th, dt, dd, h1, h2, h3, h4, .chip, .kind, button')].map((element) => {
        const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(behind(element))];
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.tagName + '.' + element.className];
      }).filter(([ratio, name]) => ratio < 4.5).slice(0, 5);
    })()`
    expect(askPage(renderPage(red), contrast)).toEqual([])
  })
})
