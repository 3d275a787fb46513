/** Sources of others: what the reader knows of them is broken, what it does not know stays as it is, and the whole compiles. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findConstantFunctions } from '../../src/mutation/constant-functions.ts'
import { mutateSource } from '../../src/mutation/mutate-source.ts'
import { readTokens } from '../../src/mutation/tokens.ts'
import { runTool } from '../../src/process/run-tool.ts'
import { writeWhole } from '../../src/store/files.ts'
import { makeFolder } from '../pipeline/prepared.ts'

const listMutants = (text: string): string[] =>
  mutateSource(text, 'm.sv').mutants.map(({ before, after }) => `${before} -> ${after}`)
const inModule = (body: string) => `module m (input wire clk_i);\n${body}\nendmodule\n`

describe('compile with all mutants in them, line by line where they were', () => {
  test.each([
    { file: 'unusual.sv', top: 'unusual', flags: [], least: 20 },
    { file: 'verilog_2005.v', top: 'verilog_2005', flags: ['--default-language', '1364-2005'], least: 15 },
  ])('$file', async ({ file, top, flags, least }) => {
    const source = await readFile(join('test/mutation/fixtures', file), 'utf8')
    const { text, mutants } = mutateSource(source, file)
    expect(mutants.length).toBeGreaterThan(least)
    expect(text.split('\n')).toHaveLength(source.split('\n').length)
    const path = join(makeFolder(), file)
    await writeWhole(path, text)
    await runTool('verilator', [
      '--lint-only',
      '-Wno-fatal',
      '--no-timing',
      '--top-module',
      top,
      ...flags,
      path,
    ])
  })
})

describe('are broken where the reader knows them', () => {
  test.each([
    { what: 'a delay', body: 'always @(posedge clk_i) q <= #1 a + b;', found: ['a + b -> a - b', 'q <= #1 a + b; -> ;'] },
    { what: 'a delay in parentheses', body: 'always @(posedge clk_i) q <= #(T) a;', found: ['q <= #(T) a; -> ;'] },
    { what: 'a loop', body: 'always_comb foreach (a[i]) y[i] = a[i] ^ b;', found: ['a[i] ^ b -> a[i] | b'] },
    { what: 'an endless process', body: 'always begin forever y = a + b; end', found: ['a + b -> a - b'] },
    { what: 'what waits', body: 'always begin wait (a) y = a + b; end', found: ['a + b -> a - b'] },
    { what: 'an event', body: 'always begin @(posedge a) y = a + b; #5 y = a - b; end', found: ['a + b -> a - b', 'a - b -> a + b'] },
    { what: 'a case of casex', body: "always_comb casex (s) 2'b?1: y = a + b; endcase", found: ['a + b -> a - b'] },
    { what: 'a generate case', body: 'case (N) 1: begin assign y = a + b; end default: assign y = a - b; endcase', found: ['a + b -> a - b', 'a - b -> a + b'] },
    { what: 'an update of what cannot be read', body: "always_ff @(posedge clk_i) q <= '{default: a};", found: ["q <= '{default: a}; -> ;"] },
    { what: 'an update of a set', body: 'always_ff @(posedge clk_i) q <= a == b inside {c};', found: ['q <= a == b inside {c}; -> ;'] },
    { what: 'the statement after one that cannot be read', body: 'always_comb begin y inside {a} : b; z = a + b; end', found: ['a + b -> a - b'] },
    { what: 'the item after an assertion', body: 'property p; a |-> b; endproperty\nassert property (p);\nassign y = a + b;', found: ['a + b -> a - b'] },
    { what: 'the item after a macro', body: '`CHECK(a + b)\nassign y = a + b;', found: ['a + b -> a - b'] },
    { what: 'the statement after a macro', body: 'always_comb begin `CHECK(a + b); y = a + b; end', found: ['a + b -> a - b'] },
    { what: 'a parallel block and what follows', body: 'always begin fork y = a; y = b; join y = a + b; end', found: ['a + b -> a - b'] },
  ])('$what', ({ body, found }) => {
    expect(listMutants(inModule(body))).toEqual(found)
  }) // biome-ignore format: a case a line
})

describe('are left alone', () => {
  test.each([
    ['a macro in an expression', 'assign y = a + `WIDTH * b;'],
    ['part of an expression, which would mean something else in parentheses', 'assign y = a == b inside {c, d};'],
    ['a pattern', "assign y = '{a + b, c};"],
    ['a function that decides a size', 'function f(input x); f = x + 1; endfunction\nlocalparam P = f(3);'],
    ['one in a range', 'function f(input x); f = x + 1; endfunction\nlogic [f(3):0] y;'],
    ['one in the condition of a generate block', 'function f(input x); f = x + 1; endfunction\nif (f(3)) begin end'],
    ['one that such a function calls', 'function g(input x); g = x + 1; endfunction\nfunction f(input x); f = g(x); endfunction\nlocalparam P = f(3);'],
    ['a class', 'class c; int a = 1 + 2; function int f(); return a + 1; endfunction endclass'],
    ['a covergroup', 'covergroup g; coverpoint a + b; endgroup'],
    ['what runs before time zero', 'initial begin if (a) begin y = a + b; end else y = a - b; fork y = 1; join end'],
    ['a loop with its condition below', 'always begin do y = a + b; while (a > b); end'],
  ])('%s', (_, body) => {
    expect(listMutants(inModule(body))).toEqual([])
  }) // biome-ignore format: a case a line

  test('a function that a process calls is none that decides a size', () => {
    const body = 'function f(input x); f = x + 1; endfunction\nalways_comb if (f(a)) y = 0;'
    expect([...findConstantFunctions(readTokens(inModule(body)))]).toEqual([])
    expect(listMutants(inModule(body))).toContain('x + 1 -> x - 1')
  })
})

describe('conditions of the preprocessor', () => {
  const body = inModule('assign y = a + b;')
  test.each([
    ['a guard of the whole file is none', `\`ifndef M_SV\n\`define M_SV\n${body}\`endif\n`, 1],
    ['a guarded module is left alone', `\`ifdef M_SV\n${body}\`endif\n`, 0],
    ['both branches are', `\`ifdef M_SV\n${body}\`else\n${body}\`endif\n`, 0],
    ['the form for simulators is not', `\`ifdef SYNTHESIS\n${body}\`else\n${body}\`endif\n`, 1],
    ['checks that synthesis leaves out are', `\`ifndef SYNTHESIS\n${body}\`endif\n`, 0],
    ['what follows is not', `\`ifdef M_SV\n\`ifdef N\n\`endif\n\`endif\n${body}`, 1],
    ['a definition goes on in the next line', `\`define M(x) \\\n assign x = a + b;\n${body}`, 1],
  ])('%s', (_, text, count) => {
    expect(listMutants(text)).toHaveLength(count)
  })
})

test('a file that ends within a module keeps what was found before', () => {
  expect(listMutants('module m;\nassign y = a + b;\nalways_comb begin')).toEqual(['a + b -> a - b'])
})

test('each module has its own variable, behind what it imports', () => {
  const { text } = mutateSource(
    'module a import p::*; #(parameter int N = 1) ();\nendmodule\nmodule b;\nendmodule\n',
    'm.sv',
  )
  const [a, , b] = text.split('\n')
  expect(a).toMatch(/^module a import p::\*; #\(parameter int N = 1\) \(\); integer assay_mutant; initial if/)
  expect(b).toMatch(/^module b; integer assay_mutant;/)
})

test('numbers go on from file to file, and a mutant that is left out keeps its own', () => {
  const text = inModule('assign y = a + b;\nassign z = a - b;')
  const { mutants, text: broken } = mutateSource(text, 'm.sv', { first: 7, without: new Set([7]) })
  expect(mutants.map(({ id }) => id)).toEqual([7, 8])
  expect(broken).toContain('assign y = a + b;')
  expect(broken).toContain('assign z = (assay_mutant == 8 ? (a + b) : (a - b));')
  const update = inModule('always_ff @(posedge clk_i) q <= d;')
  expect(mutateSource(update, 'm.sv', { without: new Set([1]) }).text).toContain(') q <= d;')
})
