/** What a compiler reads in the header: a layer by it, in C, gives the codes of the specification. */
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { writeCmsisHeader } from '../../src/artefacts/cmsis-header.ts'
import { hardwareCodes } from '../../src/golden/code-range.ts'
import { runSpec } from '../../src/golden/run.ts'
import { quantisedSmall } from '../quantise/quantised-small.ts'

/** Of the layer `a`: 1x1, 3 channels in, 4 out. The requantiser is that of LiteRT's documentation, written anew. */
const PROGRAM = `
#include "cmsis-nn.h"
#include <stdio.h>
static int32_t high(int32_t a, int32_t b) {
  int64_t product = (int64_t)a * b;
  int64_t nudge = product >= 0 ? (1ll << 30) : 1 - (1ll << 30);
  return (int32_t)((product + nudge) / (1ll << 31));
}
static int32_t divide(int32_t x, int32_t n) {
  int32_t mask = (int32_t)((1ll << n) - 1), rest = x & mask, limit = (mask >> 1) + (x < 0);
  return (x >> n) + (rest > limit);
}
static int32_t requantise(int32_t acc, int32_t m, int32_t s, int isSingle) {
  if (isSingle) return (int32_t)(((int64_t)acc * m + (1ll << (30 - s))) >> (31 - s));
  return divide(high(acc * (1 << (s > 0 ? s : 0)), m), s > 0 ? 0 : -s);
}
int main(int argc, char **argv) {
  int x;
  int8_t in[3 * 256];
  for (int i = 0; i < 3 * 256; i++) { if (scanf("%d", &x) != 1) return 1; in[i] = (int8_t)x; }
  for (int o = 0; o < ASSAY_A_OUT_CHANNELS; o++)
    for (int i = 0; i < ASSAY_A_OUT_HEIGHT * ASSAY_A_OUT_WIDTH; i++) {
      int32_t acc = assay_a_bias[o];
      for (int c = 0; c < ASSAY_A_IN_CHANNELS; c++)
        acc += (in[c * 256 + i] + ASSAY_A_INPUT_OFFSET) * assay_a_weights[o * ASSAY_A_IN_CHANNELS + c];
      int32_t p = requantise(acc, assay_a_multipliers[o], assay_a_shifts[o], argc > 1) + ASSAY_A_OUTPUT_OFFSET;
      p = p < ASSAY_A_ACTIVATION_MIN ? ASSAY_A_ACTIVATION_MIN : p > ASSAY_A_ACTIVATION_MAX ? ASSAY_A_ACTIVATION_MAX : p;
      printf("%d\\n", assay_a_table[p - ASSAY_A_ACTIVATION_MIN]);
    }
  return 0;
}
`

const profileOf = (name: string) => PROFILES.find((profile) => profile.name === name)!

describe.each(['tflite', 'cmsis-nn', 'tflite-single', 'tosa-single'])('%s', (name) => {
  test('a layer computed in C from the header has the codes of the specification', async () => {
    const profile = profileOf(name)
    const { graph, image } = quantisedSmall(profile, 8)
    const folder = await mkdtemp(join(tmpdir(), 'assay-cmsis-'))
    await writeFile(join(folder, 'cmsis-nn.h'), writeCmsisHeader(graph)!)
    await writeFile(join(folder, 'layer.c'), PROGRAM)
    await execa('g++', ['-x', 'c', '-Wall', '-Werror', '-Wno-unused-variable', '-o', 'layer', 'layer.c'], {
      cwd: folder,
    })
    const input = [...hardwareCodes(profile, image, 8)].join(' ')
    const { stdout } = await execa('./layer', name.endsWith('single') ? ['single'] : [], {
      cwd: folder,
      input,
    })
    const expected = hardwareCodes(profile, runSpec(graph, image).get('a')!, 8)
    expect(stdout.split('\n').map(Number)).toEqual([...expected])
    expect(new Set(expected).size).toBeGreaterThan(20)
  })
})

test.each(['assay', 'gemmini', 'power-of-two-floor', 'onnx-qlinear'])('%s has none', (name) => {
  expect(writeCmsisHeader(quantisedSmall(profileOf(name), 8).graph)).toBeNull()
})
