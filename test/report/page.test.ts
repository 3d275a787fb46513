import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { drawNetwork } from '../../src/report/html/graph.ts'
import { layOut } from '../../src/report/html/layout.ts'
import { NO_EXTRAS, renderPage } from '../../src/report/html/page.ts'
import { needs } from '../witness.ts'
import { ALL_CONVOLUTIONS, makeRun } from './broken-run.ts'
import { askPage } from './chromium.ts'
import { accuracy, fullExtras, fullReport } from './full-report.ts'

const red = makeRun(['model.2.cv2', 'model.22.cv2.0.2'])
const green = makeRun([])
const SIZE = `({ page: document.documentElement.scrollWidth, frame: innerWidth, thrown: null })`
const sizeOf = (width: number) => ({ page: width, frame: width, thrown: null })

describe('the layout', () => {
  const sizes = { nodeWidth: 100, nodeHeight: 20, rankStep: 40, gap: 10 }

  test('inputs stand above what reads them, and no two boxes overlap', () => {
    const nodes = red.network.map(({ name, inputs }) => ({ name, inputs }))
    const layout = layOut(nodes, sizes)!
    const at = new Map(layout.nodes.map((node) => [node.name, node]))
    expect(layout.nodes).toHaveLength(nodes.length)
    for (const { name, inputs } of nodes)
      for (const input of inputs) expect(at.get(input)!.y).toBeLessThan(at.get(name)!.y)
    for (const a of layout.nodes) {
      expect(a.x).toBeGreaterThanOrEqual(sizes.nodeWidth / 2)
      expect(a.x).toBeLessThanOrEqual(layout.width - sizes.nodeWidth / 2)
    }
    const gaps = layout.nodes.flatMap((a, index) =>
      layout.nodes
        .slice(index + 1)
        .filter(({ rank }) => rank === a.rank)
        .map(({ x }) => Math.abs(a.x - x)),
    )
    expect(gaps.length).toBeGreaterThan(20)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(sizes.nodeWidth)
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
    )!
    expect(layout.edges.find(({ from, to }) => from === 'a' && to === 'd')!.points).toHaveLength(4)
    expect(layout.edges).toHaveLength(4)
  })
})

describe('a network that no run has', () => {
  const drawn = (network: readonly (readonly [name: string, op: string, ...inputs: string[]])[]) =>
    String(
      drawNetwork({
        ...red,
        network: network.map(([name, op, ...inputs]) => ({ name, op, inputs, shape: [1, 1, 1] })),
      }),
    )
  const edges = (svg: string) => svg.match(/class="edge"/g)?.length ?? 0
  /** Nodes without the one for boxes. */
  const nodes = (svg: string) => svg.match(/class="node/g)!.length - 1

  test.each([
    [
      'slices in a circle',
      [
        ['a', 'slice', 'b'],
        ['b', 'slice', 'a'],
        ['c', 'conv', 'a'],
      ],
      1,
    ],
    [
      'a slice of itself',
      [
        ['a', 'slice', 'a'],
        ['c', 'conv', 'a'],
      ],
      1,
    ],
    [
      'a slice of nothing',
      [
        ['a', 'slice'],
        ['c', 'conv', 'a'],
      ],
      1,
    ],
    [
      'a slice of what there is not',
      [
        ['a', 'slice', 'no'],
        ['c', 'conv', 'a'],
      ],
      1,
    ],
    [
      'inputs that do not exist',
      [
        ['a', 'conv', 'no'],
        ['c', 'conv', 'a', 'no'],
      ],
      2,
    ],
    [
      'a layer that reads itself',
      [
        ['a', 'conv', 'a'],
        ['c', 'conv', 'a'],
      ],
      2,
    ],
    [
      'layers in a circle',
      [
        ['a', 'conv', 'c'],
        ['b', 'conv', 'a'],
        ['c', 'conv', 'b'],
      ],
      2,
    ],
    [
      'a later input',
      [
        ['a', 'conv', 'c'],
        ['c', 'conv'],
      ],
      1,
    ],
    [
      'one input many times',
      [
        ['a', 'conv'],
        ['c', 'conv', 'a', 'a', 'a'],
      ],
      2,
    ],
    [
      'one name many times',
      [
        ['a', 'conv'],
        ['a', 'conv', 'a'],
        ['a', 'conv', 'a'],
      ],
      2,
    ],
    [
      'names of every object',
      [
        ['__proto__', 'conv'],
        ['constructor', 'conv', '__proto__'],
      ],
      2,
    ],
    ['no layer', [], 0],
  ] as const)('%s: what can be drawn is', (_, network, count) => {
    const svg = drawn(network)
    expect([nodes(svg), edges(svg)]).toEqual([network.filter(([, op]) => op !== 'slice').length, count])
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  test.each([
    ['a thousand slices of each other', 1000, (i: number) => ['slice', `n${i - 1}`]],
    ['as many in a circle', 1000, (i: number) => ['slice', `n${(i + 1) % 1000}`]],
    ['a row of as many layers as are drawn', 3999, (i: number) => ['conv', `n${i - 1}`]],
    ['as many beside each other', 3999, () => ['conv', 'n0']],
  ] as const)('%s', (_, count, make) => {
    const network = Array.from(
      { length: count },
      (__, i) => [`n${i}`, ...make(i)] as [string, string, string],
    )
    const begin = performance.now()
    expect(drawn(network)).toMatch(/^<svg/)
    expect(performance.now() - begin).toBeLessThan(20_000)
  })

  test.each([
    ['too many layers', 100_000, (i: number) => [`n${i - 1}`]],
    ['too many bends', 1000, (i: number) => Array.from({ length: i }, (_, from) => `n${from}`)],
  ] as const)('%s are not drawn, and the page says so', (_, count, inputsOf) => {
    const network = Array.from({ length: count }, (__, i) => [`n${i}`, 'conv', ...inputsOf(i)] as const)
    expect(drawn(network)).toContain('too large to be drawn')
  })
})

describe('the page as text', () => {
  const page = renderPage(red)

  test('a box a layer, red where it differs', () => {
    const svg = String(drawNetwork(red))
    expect(svg.match(/class="node (exact|red)/g)).toHaveLength(75)
    expect(svg.match(/class="node red/g)).toHaveLength(2)
    expect(svg).toContain('aria-label="model.2.cv2, conv, differs"')
  })

  test('its policy names its own style sheet and script by their hashes, and no element has a style', () => {
    const [policy] = /(?<=Content-Security-Policy" content=")[^"]*/.exec(page)!
    const hash = (element: string) => {
      const [code] = new RegExp(`(?<=<${element}>).*?(?=</${element}>)`, 's').exec(page)!
      return `'sha256-${createHash('sha256').update(code).digest('base64')}'`
    }
    expect(policy.replaceAll('&#39;', "'")).toBe(
      `default-src 'none'; style-src ${hash('style')}; script-src ${hash('script')}; img-src data:; base-uri 'none'; form-action 'none'`,
    )
    expect(page).not.toMatch(/<[^>]* style=|<[^>]* on[a-z]+=/)
  })

  test('asks no other host for anything', () => {
    const addresses = page.match(/https?:\/\/[^\s`"'<)]+/g) ?? []
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

  test('what is wrong comes before the network, once for each fault; nothing of it on a green page', () => {
    const page = renderPage(red)
    expect(page.indexOf('id="diagnosis"')).toBeGreaterThan(0)
    expect(page.indexOf('id="diagnosis"')).toBeLessThan(page.indexOf('id="network"'))
    const [, told] = /<section id="diagnosis"(.*?)<\/section>/s.exec(page)!
    expect(told!.match(/Looks like off by one/g)).toHaveLength(1)
    expect(told).toContain('Red: 2 of 63 convolutions, none of 11 others')
    expect(renderPage(green)).not.toContain('id="diagnosis"')
  })

  test('the RTL and the waveform are named at the head, and the hash of the model is that of its file', () => {
    const origin = { ...{ commit: null, dirty: null, command: [], host: 'h' }, words: ['--rtl', 'hw/rtl'] }
    const waveform = { layer: 'a', file: 'w/a.fst', save: 'w/a.gtkw', fromCycle: 1, cycle: 5, toCycle: 9 }
    const own = { waveform, modelFileHash: 'd'.repeat(64), run: { ...red.run, origin } }
    const page = renderPage({ ...red, ...own })
    expect(/<header.*<\/header>/s.exec(page)![0]).toMatch(/<dd>hw\/rtl<\/dd>.*<dd>w\/a\.fst<\/dd>/)
    expect(page).toContain(`shapes.pt, SHA-256 ${own.modelFileHash}`)
    expect(page).toContain(`<dt>quantised model</dt><dd>SHA-256 ${red.modelHash}</dd>`)
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
      plots: [{ name: 'Signal over noise', type: 'image/svg+xml', base64: 'BBBB' }],
    })
    expect(full).toContain('<strong>75.0 %</strong>: 3 of 4 mutants')
    expect(full).toContain('<strong>90.0 %</strong>: 9 of 10 points')
    expect(full).toContain('src="data:image/png;base64,AAAA"')
    expect(full).toContain('<img alt="Signal over noise" src="data:image/svg+xml;base64,BBBB">')
  })
})

test('accuracy of another quantised model is not passed off as this one', () => {
  const show = (modelHash: string): string =>
    renderPage(red, { ...NO_EXTRAS, accuracy: { ...accuracy, modelHash } })
  expect(show(red.modelHash)).not.toContain('another quantised model')
  expect(show('0'.repeat(64))).toContain('another quantised model')
  const showRtl = (hash: string | undefined): string =>
    renderPage(red, { ...NO_EXTRAS, accuracy: { ...accuracy, rtl: { ...accuracy.rtl!, hash } } })
  expect(showRtl(red.run.rtlHash)).not.toContain('those of other RTL')
  expect(showRtl('f'.repeat(64))).toContain('those of other RTL')
  // A file of an older version does not say which RTL it was.
  expect(showRtl(undefined)).toContain('those of other RTL')
})

describe('accuracy on the page', () => {
  const page = renderPage(green, { ...NO_EXTRAS, accuracy: { ...accuracy, modelHash: green.modelHash } })
  const rowOf = (first: string): string =>
    page.match(new RegExp(`<tr class=""><td class="">${first}</td>.*?</tr>`))![0].replaceAll(/<[^>]*>/g, '|')

  test('a row a stage, with its difference and the interval', () => {
    expect(page).toContain('confidence 0.001')
    expect(rowOf('full')).toContain('|41.70||57.1||45.2||20.0||–||60.0||50.0||−0.36 (−1.00 to +0.17)|')
    expect(page).toContain('<td class="n">66.0</td><td class="n">–</td><td class="n">50.0</td>')
    expect(page).toContain('q_NMS itself (full less quantised): −0.36 (−1.00 to +0.17).')
  })

  test('precision against recall, a line a stage', () => {
    const lines = page.match(/<polyline[^>]*points="([^"]*)"/g)!
    expect(lines).toHaveLength(2)
    expect(lines[0]!.match(/points="([^"]*)"/)![1]!.split(' ')).toHaveLength(3)
  })

  test('confusions of the yardstick and the last stage, the most frequent named', () => {
    expect(page.match(/<figure class="confusion">/g)).toHaveLength(2)
    expect(page).toContain('<title>dog seen as &lt;cat&gt;: 8</title>')
    expect(rowOf('dog')).toBe('||dog||&lt;cat&gt;||7||8||')
    expect(rowOf('nothing')).toBe('||nothing||dog||1||1||')
  })

  test('classes with objects, the largest loss first', () => {
    const table = page.slice(page.indexOf('Every class (2)'))
    expect(table.indexOf('>dog</td>')).toBeLessThan(table.indexOf('>&lt;cat&gt;</td>'))
    expect(table).not.toContain('unseen')
  })

  test('oddities of the annotations are counted and named', () => {
    expect(page).toContain('2 boxes have no width <span class="soft">(a.jpg)</span>')
  })
})

needs('chromium', "the page's policy", () => {
  const all = `(() => { document.querySelectorAll('[data-select],.node[role]').forEach((one) => (one.click ? one.click() : one.dispatchEvent(new Event('click')))); return { complaints, ran: document.documentElement.dataset.ran ?? null, colour: getComputedStyle(document.querySelector('h1')).color } })()`

  test('lets the page do all that it does', () => {
    const extras = { ...NO_EXTRAS, accuracy, mutation: { hit: 3, all: 4 } }
    for (const page of [renderPage(red, extras), renderPage(green)])
      expect(askPage(page, all)).toMatchObject({ complaints: [], ran: null })
  })

  test('and nothing that got into it, if escaping failed', () => {
    const run = "document.documentElement.dataset.ran = 'yes'"
    const injected = renderPage(green).replace(
      '<main>',
      () =>
        `<main><script>${run}</script><script src="data:text/javascript,${encodeURIComponent(run)}"></script><img src="data:," onerror="${run}"><style>h1{color:red}</style><b style="color:red"></b><base href="https://example.com/"><form action="https://example.com/"></form>`,
    )
    const submit = `(async () => { document.forms[0].submit(); await new Promise((done) => setTimeout(done, 100)); return ${all} })()`
    const { complaints, ran, colour } = askPage(injected, submit) as Record<string, unknown>
    expect(ran).toBeNull()
    expect(colour).not.toBe('rgb(255, 0, 0)')
    expect(new Set(complaints as string[])).toEqual(
      new Set([
        'script-src-elem',
        'script-src-attr',
        'style-src-elem',
        'style-src-attr',
        'base-uri',
        'form-action',
      ]),
    )
  })
})

needs('chromium', 'the page in Chromium', () => {
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

  test.each([
    ['#layer=model.9.m%402', 'model.9.m@2'],
    ['#layer=q%20NMS', 'q_NMS'],
    ['#layer=%', 'model.2.cv2'],
    ['#layer=nothing', 'model.2.cv2'],
  ])('an address with %s chooses %s', (hash, title) => {
    expect(askPage(renderPage(red), `({ ...${shown}, complaints })`, 1280, 900, hash)).toMatchObject({
      title,
      complaints: [],
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
    expect(askPage(renderPage(red), SIZE, width)).toEqual(sizeOf(width))
  })

  test('nothing sticks out of a phone where all is exact, and where the report has every part', () => {
    for (const page of [renderPage(green), renderPage(fullReport, fullExtras)])
      expect(askPage(page, SIZE, 390)).toEqual(sizeOf(390))
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
