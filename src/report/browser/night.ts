/**
 * The script of a night's page: the list of entries, which is too long to stand in the page as a table. Without it the page still has the
 * verdict, every cause with its smallest case, the matrix and the comparison. `npm run build:page` bundles it into ../night/script.min.ts.
 */
import { blockOfShell, reproduce } from '../../result/reproduce.ts'
import { listenForCopies } from './copy.ts'
import { make } from './elements.ts'
import type { EntryData, NightData } from './night-data.ts'

const data: NightData = JSON.parse(document.getElementById('data')!.textContent!)

/** Rows that are made at a time. */
const MOST_ROWS = 100

const list = document.getElementById('list')!
const state = { words: [] as string[], cause: -1, isRedOnly: true, rows: MOST_ROWS }

const matches = ([name, , , red]: EntryData): boolean => {
  if (state.cause >= 0 && red?.[0] !== state.cause) return false
  if (state.isRedOnly && red === undefined) return false
  const text = name.toLowerCase()
  return state.words.every((word) => text.includes(word))
}

function show(): void {
  const found = data.entries.filter(matches)
  const rows = found.slice(0, state.rows).map(makeRow)
  const what = state.cause < 0 ? '' : ` with this cause: ${data.causes[state.cause]}`
  const count = make(
    'p',
    { role: 'status' },
    `${found.length.toLocaleString('en')} of ${data.entries.length.toLocaleString('en')} entries${what}`,
  )
  const all = make('button', { type: 'button' }, 'Every cause')
  all.addEventListener('click', () => change({ cause: -1 }))
  const more = make('button', { type: 'button' }, `${Math.min(MOST_ROWS, found.length - rows.length)} more`)
  more.addEventListener('click', () => change({ rows: state.rows + MOST_ROWS }))
  list.replaceChildren(
    count,
    ...(state.cause < 0 ? [] : [all]),
    make('ul', { class: 'entries' }, ...rows),
    ...(found.length > rows.length ? [more] : []),
  )
}

function change(next: Partial<typeof state>): void {
  Object.assign(state, { rows: MOST_ROWS }, next)
  show()
}

function makeRow([name, status, index, red]: EntryData): HTMLElement {
  const [id, folder, words, imageHash, seconds, hasReport, waveform, picoseconds] = data.runs[index]!
  const isRed = red !== undefined
  const word = make(
    'span',
    { class: isRed ? 'bad' : 'good' },
    `${isRed ? '✗' : '✓'} ${data.statuses[status]}`,
  )
  const title = `run ${id}`
  const run = hasReport === 1 ? make('a', { href: `runs/${id}/report.json` }, title) : title
  const head = make('p', {}, word, ' ', make('strong', {}, name), ' ', run, ` ${seconds.toFixed(1)} s`)
  if (!isRed) return make('li', {}, head)
  if (waveform !== null)
    head.append(
      ' ',
      make('a', { href: `./${waveform.split('/').map(encodeURIComponent).join('/')}` }, 'waveform'),
      picoseconds === null ? '' : ` at ${picoseconds} ps`,
    )
  const [, seed, layer, isChained, image, message] = red
  const said = make('p', { class: 'soft' }, message)
  if (words.length === 0) return make('li', {}, head, said)
  const { line, notes } = reproduce({
    origin: { ...data.origin, folder: folder < 0 ? undefined : data.texts[folder] },
    words: words.map((text) => data.texts[text]!),
    mode: isChained === 1 ? 'chained' : 'isolated',
    ...{ layer, seed, image, imageHash },
  })
  const copy = make('button', { type: 'button', 'data-copy': '' }, 'Copy')
  return make(
    'li',
    {},
    head,
    said,
    make('div', { class: 'copy' }, make('pre', { tabindex: 0 }, blockOfShell(line)), copy),
    ...notes.map((note) => make('p', { class: 'soft' }, note)),
  )
}

const search = document.getElementById('search') as HTMLInputElement
search.addEventListener('input', () =>
  change({
    words: search.value
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== ''),
  }),
)
const onlyRed = document.getElementById('only-red') as HTMLInputElement
onlyRed.addEventListener('change', () => change({ isRedOnly: onlyRed.checked }))
document.addEventListener('click', (event) => {
  const button = (event.target as Element).closest<HTMLElement>('[data-cause]')
  if (button === null) return
  change({ cause: Number(button.dataset.cause) })
  document.getElementById('entries')!.scrollIntoView({ block: 'start' })
})
listenForCopies()
state.isRedOnly = data.entries.some(([, , , red]) => red !== undefined)
onlyRed.checked = state.isRedOnly
document.getElementById('controls')!.hidden = false
show()
