/** Counts of coverage from the end of power-up on. */

const isToggle = (line: string): boolean => line.includes('\x01page\x02v_toggle')

/**
 * The counts of a run without the toggles of its beginning: where a model powers up with random values, each of them would
 * count as one. Lines and branches stay.
 * @param text counts as Verilator writes them
 * @param begin the same of the moment when the run began
 */
export function subtractToggles(text: string, begin: string): string {
  const split = (line: string): readonly [point: string, count: number] => {
    const at = line.lastIndexOf(' ')
    return [line.slice(0, at), Number(line.slice(at + 1))]
  }
  const before = new Map(begin.split('\n').filter(isToggle).map(split))
  return text
    .split('\n')
    .map((line) => {
      if (!isToggle(line)) return line
      const [point, count] = split(line)
      return `${point} ${count - (before.get(point) ?? 0)}`
    })
    .join('\n')
}
