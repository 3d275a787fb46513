/** The text of a module with a property in it, and of its broken copies. */
import type { Breakage } from './proof.ts'

/**
 * What follows each property: it holds as long as what is assumed has held. The two names come from the property's file;
 * `prove_reached` says that what the property is about has happened.
 */
const END = `
  logic prove_broken_q = 1'b0;
  always_ff @(posedge clk_i) if (!prove_assumed) prove_broken_q <= 1'b1;
\`ifdef PROVE_REACHED
  always_comb assert (prove_broken_q || !prove_assumed || !prove_reached);
\`else
  always_comb assert (prove_broken_q || !prove_assumed || prove_holds);
\`endif
`

/**
 * The module with a property before `before`, which stands in it once: Yosys 0.23 has no `bind` that would put it there.
 * @throws {Error} it does not
 */
export const insertProperty = (module: string, property: string, before = 'endmodule'): string =>
  insertText(module, `${property}${END}`, before)

/** @throws {Error} `before` does not stand in the module once */
export function insertText(module: string, text: string, before = 'endmodule'): string {
  const end = module.indexOf(before)
  if (end < 0 || module.includes(before, end + 1)) throw new Error(`expected ${before} once in the module`)
  return `${module.slice(0, end)}${text}${module.slice(end)}`
}

/** @throws {Error} what is to be changed does not stand there once */
export function breakModule(module: string, { from, to }: Breakage): string {
  const parts = module.split(from)
  if (parts.length !== 2)
    throw new Error(`expected ${JSON.stringify(from)} once in the module, found it ${parts.length - 1} times`)
  return parts.join(to)
}
