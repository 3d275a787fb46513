/** Text that a module includes: it is no module by itself, and is not broken. */
import { mutateSource } from './mutate-source.ts'

/** The names that a source includes, as it writes them. */
export const listIncludes = (source: string): readonly string[] =>
  [...source.matchAll(/^[ \t]*`include\s+["<]([^">\n]+)[">]/gm)].map(([, name]) => name!)

/** How many mutants the text would have as items, or as statements, of a module. */
export function countIncluded(source: string): number {
  const wrap = (before: string, after: string): number =>
    mutateSource(`module included;\n${before}${source}\n${after}endmodule\n`, '').mutants.length
  return Math.max(wrap('', ''), wrap('always_comb begin\n', 'end\n'))
}
