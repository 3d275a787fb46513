/** Dumps in CSV: all cells, or a column of a table whose rows are cycles, as logic analysers write it. */
import { InputError } from '../input/input-error.ts'
import { suggest } from '../input/suggest.ts'
import { readDecimalText, readHexText } from './text.ts'
import type { DumpContent } from './types.ts'

/** The names of columns, or of signals in a waveform. */
export interface Signals {
  readonly data?: string | undefined
  readonly valid?: string | undefined
  readonly ready?: string | undefined
  readonly clock?: string | undefined
}

const MOST_COLUMNS = 65_536
/** Of text that is cut into lines. */
const MOST_BYTES = 2 ** 28

/** @throws InputError for a column that is not there, and for cells that are no numbers. */
export function readCsv(text: Uint8Array, { data, valid, ready }: Signals, where: string): DumpContent {
  if (text.length > MOST_BYTES)
    throw new InputError(`is larger than ${MOST_BYTES} bytes`, where, 'Give its numbers as .npy or .bin.')
  const lines = Buffer.from(text.buffer, text.byteOffset, text.length)
    .toString('latin1')
    // The mark of UTF-8, which spreadsheets write.
    .replace(/^\xef\xbb\xbf/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
  const rows = lines.length
  if (rows === 0) throw new InputError('holds no row', where)
  const head = cellsOf(lines[0]!)
  const isTitled = head.some((cell) => cell !== '' && !/^([-+\d.]|0x|[xz]$)/i.test(cell))
  if (data === undefined) {
    const body = isTitled ? lines.slice(1) : lines
    const numbers = Buffer.from(body.map((line) => line.replaceAll('"', '')).join('\n'))
    const all = /0x/i.test(body[0] ?? '') ? readHexText(numbers, where) : readDecimalText(numbers, where)
    return isTitled && head.length > 1 ? { ...all, field: `cells of ${head.slice(0, 6).join(', ')}` } : all
  }
  if (!isTitled || head.length > MOST_COLUMNS)
    throw new InputError(`expected names of columns in the first row, to find ${data}`, where)
  // Vivado says the radix of each column in the second row.
  const radix = /^\s*"?radix/i.test(lines[1] ?? '') ? cellsOf(lines[1]!) : null
  const columnOf = (name: string): number => {
    const found = head.findIndex((title) => title === name || title.replace(/\s*\[[\d:]+\]$/, '') === name)
    if (found >= 0) return found
    throw new InputError(
      `has no column ${name}`,
      where,
      suggest(name, head) || `It has ${head.slice(0, 20).join(', ')}.`,
    )
  }
  const column = columnOf(data)
  const gates = [valid, ready].flatMap((name) => (name === undefined ? [] : [columnOf(name)]))
  const first = radix === null ? 1 : 2
  const words: string[] = []
  const cycles: number[] = []
  for (let row = first; row < rows; row++) {
    const cells = cellsOf(lines[row]!)
    if (gates.some((gate) => !/^(0x)?0*1$/i.test(cells[gate] ?? ''))) continue
    words.push(cells[column] ?? '')
    cycles.push(row - first)
  }
  if (words.length === 0)
    throw new InputError(`no row of column ${data} is valid`, where, 'Check --valid and --ready.')
  const empty = words.indexOf('')
  if (empty >= 0) throw new InputError(`column ${data} is empty in sample ${cycles[empty]}`, where)
  const isHex =
    radix === null ? words.some((word) => /^0x|[a-f]/i.test(word)) : /hex/i.test(radix[column] ?? '')
  const place = `${where}, column ${data}`
  const numbers = Buffer.from(words.join('\n'))
  const content = isHex ? readHexText(numbers, place) : readDecimalText(numbers, place)
  return { ...content, cycles, field: `column ${data}` }
}

const cellsOf = (line: string): readonly string[] =>
  line.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
