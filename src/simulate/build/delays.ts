/** Delays in the sources, which Verilator leaves out without a word. */
import { readFile } from 'node:fs/promises'
import { runTool } from '../../process/run-tool.ts'

interface Delays {
  readonly count: number
  /** Of the first one. */
  readonly file: string
  readonly line: number
}

/**
 * `#` before a time, where a statement, an assignment or a primitive may have one. A module's parameters, which follow its name, are
 * none.
 */
const DELAY =
  /(?:<=|=|\b(?:assign|begin|else|end|fork|join|always|initial|wire|and|nand|or|nor|xor|xnor|buf|not|bufif[01]|notif[01])\b|[;:]|\))\s*#\s*(?:[\d.`A-Za-z_]|\((?!\s*(?:parameter|localparam|type|\.)))/g

/** Text without comments and strings, of as many lines. */
const strip = (text: string): string =>
  text.replaceAll(/"(?:\\.|[^"\\\n])*"|\/\/.*$|\/\*[\s\S]*?\*\//gm, (found) =>
    found.replaceAll(/[^\n]/g, ' '),
  )

/** @param text as the preprocessor leaves it, with `line` directives, or a file */
export function findDelays(text: string, own: string): Delays | null {
  const source = strip(text)
  const found = [...source.matchAll(DELAY)].filter(([words]) => !/\)\s*#\s*\($/.test(words))
  const [first] = found
  if (first === undefined) return null
  const at = first.index + first[0].indexOf('#')
  // The directives are strings in part, which `strip` has blanked: they are read from the text.
  let [file, line] = [own, 1]
  for (const each of text.slice(0, at).split('\n').slice(0, -1)) {
    const directive = /^`line\s+(\d+)\s+"(.*)"/.exec(each)
    if (directive === null) line += 1
    else [file, line] = [directive[2]!, Number(directive[1])]
  }
  return { count: found.length, file, line }
}

/**
 * One sentence about delays that are left out; null where there are none.
 *
 * @param flags with which Verilator preprocesses the sources: a delay may stand where nothing is built
 * @param files that it read
 */
export async function describeDelays(
  flags: readonly string[],
  files: readonly string[],
): Promise<string | null> {
  const texts = await Promise.all(files.map((path) => readFile(path, 'utf8')))
  if (texts.every((text, index) => findDelays(text, files[index]!) === null)) return null
  const delays = findDelays(await runTool('verilator', ['-E', ...flags]), files[0]!)
  if (delays === null) return null
  const { count, file, line } = delays
  const what = count === 1 ? 'a delay is' : `${count} delays, of which this is the first, are`
  return `${file}:${line}: ${what} ignored, as synthesis does; timing: true builds with delays`
}
