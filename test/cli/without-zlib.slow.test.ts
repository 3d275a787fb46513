/** A machine that compiles models, but has no zlib.h for their waveforms: the verdict does not depend on a picture. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'
import { runAssay } from './run-assay.ts'

test('broken RTL is red, exit 1, and what is missing for a waveform is said', async () => {
  const folder = makeFolder()
  const compiler = join(folder, 'g++')
  writeFileSync(
    compiler,
    `#!/bin/sh
case "$*" in
  *-fst*|*_fst*) echo "fstapi.c:1: fatal error: zlib.h: No such file or directory" >&2; exit 1 ;;
esac
exec /usr/bin/env g++ "$@"
`,
    { mode: 0o755 },
  )
  const rtl = join(folder, 'rtl')
  mkdirSync(rtl)
  cpSync('rtl', rtl, { recursive: true })
  const file = join(rtl, 'round_code.sv')
  const text = readFileSync(file, 'utf8')
  const broken = text.replace("$signed((Width'(1) << s) >> 1)", "'0")
  expect(broken).not.toBe(text)
  writeFileSync(file, broken)
  const options = ['--calibration-images', '2', '--techniques', 'none', '--array', '2x2x1']
  const args = ['sim', '--rtl', rtl, '-l', 'model.22.cv2.2.2', ...options, '--out', join(folder, 'build')]
  // A cache of its own: this compiler has to be asked, which names itself as the real one does.
  const env = { CXX: compiler, ASSAY_CACHE: join(folder, 'models') }
  const { exitCode, stdout, stderr } = await runAssay(args, { env })
  expect(stderr.replace(/\s+/g, ' ')).toMatch(/no waveform: zlib\.h is missing.*zlib1g-dev/)
  expect(stdout).toMatch(/Not proved: /)
  expect(exitCode).toBe(1)
})
