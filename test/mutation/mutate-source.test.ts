import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { TARGETS } from '../../src/mutate/targets.ts'
import { mutateSource } from '../../src/mutation/mutate-source.ts'
import { changeNumber } from '../../src/mutation/operators.ts'

const inModule = (body: string) => `module m (input wire clk_i);\n${body}\nendmodule\n`

/** `before -> after` of each mutant. */
const listMutants = (body: string): string[] =>
  mutateSource(inModule(body), 'm.sv').mutants.map(({ before, after }) => `${before} -> ${after}`)

describe('mutants', () => {
  test.each([
    { body: 'assign a = b + c;', mutants: ['b + c -> b - c'] },
    { body: "wire unused = &{1'b0, a};", mutants: [] },
    { body: 'wire [3:0] a = b < c;', mutants: ['b < c -> b <= c', 'b < c -> b >= c'] },
    // Precedence: the operands of the outer operator are the inner ones.
    { body: 'assign a = b | c & d;', mutants: ['c & d -> c | d', 'b | c & d -> b & (c & d)'] },
    { body: 'assign a = (b + c) * d;', mutants: ['b + c -> b - c', '(b + c) * d -> (b + c) + d'] },
    { body: 'assign a = !b && ~c;', mutants: ['!b -> b', '~c -> c', '!b && ~c -> !b || ~c'] },
    { body: 'assign a = &b;', mutants: ['&b -> |b'] },
    // A condition is stuck at either value; that it is inverted would say the same.
    { body: 'assign a = b ? c : d;', mutants: ["b -> 1'b1", "b -> 1'b0"] },
    {
      body: 'always_ff @(posedge clk_i) if (b == c) q <= d;',
      mutants: ["b == c -> 1'b1", "b == c -> 1'b0", 'q <= d; -> ;'],
    },
    { body: 'always_comb begin q = b >= c; end', mutants: ['b >= c -> b > c', 'b >= c -> b < c'] },
    {
      body: 'always_comb begin s_d = s_q; if (b) s_d = c; end',
      mutants: ["b -> 1'b1", "b -> 1'b0", 's_d = c; -> ;'],
    },
    {
      body: "always_ff @(posedge clk_i) case (s) 2'd0: q <= b; default: q <= 2'd1; endcase",
      mutants: ['q <= b; -> ;', "2'd1 -> 2'd2", "q <= 2'd1; -> ;"],
    },
    { body: "assign a = W'(b + 1);", mutants: ['1 -> 2', 'b + 1 -> b - 1'] },
    { body: "assign a = f(b, 3'd7) ^ p::g(c);", mutants: ["3'd7 -> 3'd6", "f(b, 3'd7) ^ p::g(c) -> f(b, 3'd7) | p::g(c)"] }, // biome-ignore format: a case a line
    {
      body: 'function automatic logic [7:0] f(input logic [7:0] x);\n  f = x << 2;\nendfunction',
      mutants: ['2 -> 3', 'x << 2 -> x >> 2'],
    },
    { body: 'for (genvar i = 0; i < 4; i++) begin : g\n assign a[i] = b[i] - c;\nend', mutants: ['b[i] - c -> b[i] + c'] }, // biome-ignore format: a case a line
  ])('of $body', ({ body, mutants }) => {
    expect(listMutants(body)).toEqual(mutants)
  })

  test.each([
    'localparam int A = 3 + 4;',
    'logic [W-1:0] mem [1 << N];',
    'initial if (W < 1) $fatal(1, "W is %0d", W);',
    '`ifndef SYNTHESIS\n  always @(posedge clk_i) assert (a < b);\n`endif',
    'sub #(.W(W + 1)) u_sub (.clk_i(clk_i), .a(b & c));',
    'assign a = b[i+1] ;',
    "assign a = (W + 1)'(b);",
    'assign a = {(4 - W){b}};',
    '// assign a = b + c;',
  ])('leave alone: %s', (body) => {
    expect(listMutants(body)).toEqual([])
  })

  test('are asleep in the file: each is chosen by its number', () => {
    const { text, mutants } = mutateSource(inModule('  assign a = b + c;'), 'rtl/m.sv')
    expect(text).toContain('assign a = (assay_mutant == 1 ? (b - c) : (b + c));')
    expect(mutants).toEqual([
      {
        id: 1,
        file: 'rtl/m.sv',
        line: 2,
        column: 16,
        operator: 'arithmetic',
        before: 'b + c',
        after: 'b - c',
      },
    ])
  })

  test('an update is left out without taking the else of its if', () => {
    const { text } = mutateSource(inModule('always_ff @(posedge clk_i) if (a) q <= b; else q <= c;'), 'm.sv')
    expect(text).toContain('begin if (assay_mutant != 3) q <= b; end else begin if (')
  })
})

test.each([
  ["1'b0", ["1'b1"]],
  ["1'b1", ["1'b0"]],
  ["8'd255", ["8'd254"]],
  ["6'sd31", ["6'sd30"]],
  ["16'hff", ["16'h100"]],
  ["'0", ["'1"]],
  ['7', ['8']],
  ["4'bx", []],
])('the number %s becomes %s', (text, changed) => {
  expect(changeNumber(text)).toEqual(changed)
})

test('every file of rtl/ can be read', async () => {
  const names = (await readdir('rtl')).filter((name) => name.endsWith('.sv'))
  let count = 0
  for (const name of names) {
    const { mutants, text } = mutateSource(await readFile(`rtl/${name}`, 'utf8'), `rtl/${name}`)
    count += mutants.length
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
    for (const { id } of mutants) expect(text).toMatch(new RegExp(`assay_mutant [!=]= ${id}\\b`))
  }
  expect(count).toBeGreaterThan(1000)
})

test.each(TARGETS)(
  '$module and the tests that must notice are where make mutate looks',
  ({ file, tests }) => {
    expect([file, ...tests].filter((path) => !existsSync(path))).toEqual([])
  },
)
