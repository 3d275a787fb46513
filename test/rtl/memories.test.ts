import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'
import { makeRandom } from '../../src/testing/random.ts'

interface FeaturePorts {
  read_valid_i: number
  read_row_i: number
  read_shift_i: number
  readonly read_data_o: bigint
  write_valid_i: number
  write_row_i: number
  write_bank_i: number
  write_data_i: number
}

describe('feature_memory', () => {
  test.each([
    { PX: 1, Depth: 16 },
    { PX: 2, Depth: 32 },
    { PX: 4, Depth: 20 },
  ])('reads 2PX neighbours wherever they begin (PX $PX, $Depth rows)', async ({ PX, Depth }) => {
    const banks = 2 * PX
    await using dut = await simulate<FeaturePorts>({
      top: 'feature_memory',
      sources: ['rtl/assay_pkg.sv', 'rtl/feature_memory.sv'],
      parameters: { PI: 2, PX, ActivationBits: 8, Depth },
    })
    const { ports } = dut
    const random = makeRandom(PX)
    const words = Array.from({ length: banks * Depth }, () => random(65536))
    const write = (address: number) =>
      Object.assign(ports, {
        write_valid_i: 1,
        write_row_i: Math.floor(address / banks),
        write_bank_i: address % banks,
        write_data_i: words[address],
      })
    for (const address of words.keys()) {
      write(address)
      dut.tick()
    }
    // Without valid nothing is written, whatever stands at the port.
    Object.assign(ports, { write_valid_i: 0, write_data_i: 65535 - words.at(-1)! })
    const window = () =>
      Array.from({ length: banks }, (_, bank) => {
        const data = BigInt(ports.read_data_o)
        return Number((data >> BigInt(16 * bank)) & 0xffffn)
      })
    for (let first = 0; first + banks <= words.length; first++) {
      Object.assign(ports, {
        read_valid_i: 1,
        read_row_i: Math.floor(first / banks),
        read_shift_i: first % banks,
      })
      dut.tick()
      const expected = new Array<number>(banks)
      for (let i = 0; i < banks; i++) expected[(first + i) % banks] = words[first + i]!
      expect(window(), `window at ${first}`).toEqual(expected)
    }
    // A read that meets a write gives the old word; without valid the words hold.
    const old = words[0]!
    words[0] = 65535 - old
    write(0)
    Object.assign(ports, { read_row_i: 0, read_shift_i: 0 })
    dut.tick()
    expect(window()[0]).toBe(old)
    Object.assign(ports, { write_valid_i: 0, read_valid_i: 0 })
    dut.tick()
    expect(window()[0]).toBe(old)
    ports.read_valid_i = 1
    dut.tick()
    expect(window()[0]).toBe(words[0])
  })
})

interface TablePorts {
  write_valid_i: number
  write_addr_i: number
  write_data_i: number
  valid_i: number
  table_i: number
  index_i: number
  readonly code_o: number
}

describe('activation_table', () => {
  test.each([
    { TableBits: 4, ActivationBits: 4 },
    { TableBits: 8, ActivationBits: 8 },
    { TableBits: 12, ActivationBits: 8 },
  ])('looks up every index, or passes it on (P $TableBits, A $ActivationBits)', async (parameters) => {
    const { TableBits, ActivationBits } = parameters
    await using dut = await simulate<TablePorts>({
      top: 'activation_table',
      sources: ['rtl/assay_pkg.sv', 'rtl/activation_table.sv'],
      parameters: { ...parameters, Lanes: 2 },
    })
    const { ports } = dut
    const random = makeRandom(TableBits)
    const table = Array.from({ length: 2 ** TableBits }, () => random(2 ** ActivationBits))
    for (const [index, code] of table.entries()) {
      Object.assign(ports, { write_valid_i: 1, write_addr_i: index, write_data_i: code })
      dut.tick()
    }
    ports.write_valid_i = 0
    const look = (low: number, high: number, useTable: 0 | 1) => {
      Object.assign(ports, { valid_i: 1, table_i: useTable, index_i: high * 2 ** TableBits + low })
      dut.tick()
      ports.valid_i = 0
      dut.tick()
      return [ports.code_o % 2 ** ActivationBits, Math.floor(ports.code_o / 2 ** ActivationBits)]
    }
    for (let low = 0; low < table.length; low++) {
      const high = table.length - 1 - low
      expect(look(low, high, 1)).toEqual([table[low], table[high]])
      expect(look(low, high, 0)).toEqual([low % 2 ** ActivationBits, high % 2 ** ActivationBits])
    }
  })
})

interface RomPorts {
  read_valid_i: number
  read_addr_i: number
  readonly read_data_o: number
}

describe('rom', () => {
  const rom = { top: 'rom', sources: ['rtl/assay_pkg.sv', 'rtl/rom.sv'] }
  const parameters = { Width: 16, Depth: 5, Plusarg: 'words' }

  test('reads the file that a plusarg names, and holds its word without valid', async () => {
    const words = join(await mkdtemp(join(tmpdir(), 'assay-rom-')), 'words.mem')
    await writeFile(words, '1\n22\n333\n4444\nffff\n')
    await using dut = await simulate<RomPorts>({ ...rom, parameters, plusargs: { words } })
    for (const [address, word] of [1, 0x22, 0x333, 0x4444, 0xffff].entries()) {
      Object.assign(dut.ports, { read_valid_i: 1, read_addr_i: address })
      dut.tick()
      expect(dut.ports.read_data_o).toBe(word)
      Object.assign(dut.ports, { read_valid_i: 0, read_addr_i: 0 })
      dut.tick()
      expect(dut.ports.read_data_o).toBe(word)
    }
  })

  const forms: readonly { form: string; defines: Readonly<Record<string, string>> }[] = [
    { form: 'simulated', defines: {} },
    { form: 'synthesised', defines: { SYNTHESIS: '1' } },
  ]
  test.each(forms)(
    'with a register behind it, as it is $form, the word comes a cycle later',
    async ({ defines }) => {
      const File = join(await mkdtemp(join(tmpdir(), 'assay-rom-')), 'words.mem')
      await writeFile(File, '1\n22\n333\n4444\nffff\n')
      const words = [1, 0x22, 0x333, 0x4444, 0xffff]
      const random = makeRandom(3)
      await using dut = await simulate<RomPorts>({
        ...rom,
        parameters: { Width: 16, Depth: 5, File, OutputRegister: 1 },
        defines,
      })
      let word: number | undefined
      let due: number | undefined
      const wrong: unknown[] = []
      let reads = 0
      for (let cycle = 0; cycle < 400; cycle++) {
        // Runs of reads without a gap, single ones, and an address that changes while there is none.
        const isRead = random(3) > 0
        const address = random(5)
        Object.assign(dut.ports, { read_valid_i: +isRead, read_addr_i: address })
        dut.tick()
        word = due ?? word
        due = isRead ? words[address] : undefined
        reads += +isRead
        if (word !== undefined && dut.ports.read_data_o !== word)
          wrong.push([cycle, word, dut.ports.read_data_o])
      }
      expect(wrong).toEqual([])
      expect(reads).toBeGreaterThan(200)
    },
  )

  test('a file that is not there is fatal', async () => {
    const missing = simulate<RomPorts>({ ...rom, parameters, plusargs: { words: 'no/such.mem' } })
    await expect(missing).rejects.toThrow(
      'cannot open no/such.mem: run in the folder of the .mem files, or give the file with +words=PATH',
    )
  })
})
