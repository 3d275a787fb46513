/** Corrects Yosys' models of the 7-series primitives, where `sta` would not see a path or see one that is none. */

interface Correction {
  readonly what: string
  readonly wrong: RegExp
  readonly right: string
  /** How often it is in the file; every version that was looked at has as many. */
  readonly times: number
  /** What a file says instead that needs no correction. */
  readonly corrected?: RegExp
}

const CORRECTIONS: readonly Correction[] = [
  {
    // `&` over the 32 bits of a parameter that is 0 or 1 is never true.
    what: 'the arcs from the clock to the outputs of a block RAM without an output register',
    wrong: /if \(&(DO[AB]_REG)\) \(posedge/g,
    right: 'if (~|$1) (posedge',
    times: 8,
    corrected: /if \((?:~\||!\|?|~)DO[AB]_REG\) \(posedge/g,
  },
  {
    // A path from the reset's input begins at no edge of the clock: a reset ends long before anything depends on it.
    what: 'the arcs from an asynchronous reset to the output of its flip-flop',
    wrong: /if \([^\n;]*\) \((?:CLR|PRE) => Q\) = \d+;/g,
    right: '',
    times: 4,
  },
]

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0

/**
 * @param models Yosys' xilinx/cells_sim.v
 * @throws Error if it is another file than the corrections are for.
 */
export function correctModels(models: string): string {
  let text = models
  for (const { what, wrong, right, times, corrected } of CORRECTIONS) {
    const found = count(text, wrong)
    if (found === 0 && corrected !== undefined && count(text, corrected) === times) continue
    if (found !== times)
      throw new Error(
        `Yosys' xilinx/cells_sim.v has ${what} ${found} times, not ${times}: look how this version of Yosys writes them, and correct src/bench/synth-models.ts`,
      )
    text = text.replace(wrong, right)
  }
  return text
}
