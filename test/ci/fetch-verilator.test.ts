/** scripts/fetch-verilator.sh with an apt-get and a dpkg-deb of this test: which package it takes, and what it says where there is none. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { hashParts } from '../../src/store/hash.ts'
import { makeFolder } from '../pipeline/prepared.ts'
import { needs } from '../witness.ts'

interface Mirror {
  readonly update?: string
  /** What the package of Verilator holds. */
  readonly content?: string
  /** The lines of scripts/verilator-packages.sha256. */
  readonly known?: string
  /** What the unpacked program does. */
  readonly program?: string
  readonly sources?: string
}

/** Runs the script twice in a folder of its own. */
function fetchFrom(release: string, mirror: Mirror) {
  const home = makeFolder()
  const bin = join(home, 'bin')
  const put = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  mkdirSync(bin)
  mkdirSync(join(home, 'scripts'))
  cpSync('scripts/fetch-verilator.sh', join(home, 'scripts/fetch-verilator.sh'))
  writeFileSync(join(home, 'scripts/verilator-packages.sha256'), mirror.known ?? '')
  const { update = 'exit 0', content = '', sources = 'Debian Debian main mirror:' } = mirror
  put(
    'apt-get',
    `echo "$*" >>'${home}/log'
case " $* " in
  *" indextargets "*) echo '${sources}' ;;
  *" update "*) ${update} ;;
  *" download "*) printf '%s' '${content}' >verilator_7-1_any.deb; : >libc6_1_any.deb ;;
esac`,
  )
  put(
    'dpkg-deb',
    `mkdir -p "$3/usr/lib/x-linux-gnu"
printf '#!/bin/sh\\n%s\\n' '${mirror.program ?? 'echo "$VERILATOR_ROOT" "$@"'}' >"$3/usr/lib/x-linux-gnu/ld-linux.so.2"
chmod +x "$3/usr/lib/x-linux-gnu/ld-linux.so.2"`,
  )
  const run = () => {
    const env = { PATH: `${bin}:${process.env.PATH}` }
    const { status, stdout, stderr } = spawnSync(join(home, 'scripts/fetch-verilator.sh'), [release], { env, encoding: 'utf8' }) // biome-ignore format: one call
    return { status, stdout: stdout.replaceAll(home, '~'), stderr: stderr.replaceAll(home, '~') }
  }
  const folder = join(home, 'build/verilator', release)
  const ask = (): string =>
    spawnSync(join(folder, 'bin/verilator'), ['--version'], { encoding: 'utf8' }).stdout
  return { run, ask, leaves: () => existsSync(join(folder, 'apt')), home }
}

const sha256 = (text: string): string => spawnSync('sha256sum', { input: text, encoding: 'utf8' }).stdout.slice(0, 64) // biome-ignore format: one call

needs("Debian's keys", 'a Verilator of another release', () => {
  test('is unpacked once, and runs with its own loader, libraries and root', () => {
    const content = hashParts(['a package'])
    const known = `${sha256(content)}  verilator_7-1_any.deb\n`
    const { run, ask, leaves, home } = fetchFrom('trixie', { content, known })
    const found = { status: 0, stdout: '~/build/verilator/trixie/bin\n', stderr: '' }
    expect(run()).toEqual(found)
    const root = join(home, 'build/verilator/trixie/root/usr')
    expect(ask()).toBe(
      `${root}/share/verilator --library-path ${root}/lib/x-linux-gnu ${root}/bin/verilator_bin --version\n`,
    )
    expect(leaves()).toBe(false)
    expect(run()).toEqual(found)
    const log = spawnSync('grep', ['-c', 'download', join(home, 'log')], { encoding: 'utf8' }).stdout
    expect(log).toBe('1\n')
  })

  test.each([
    ['trixie', `${sha256('another')}  verilator_7-1_any.deb\n`, 1, /verilator_7-1_any\.deb: FAILED/],
    ['sid', `${sha256('another')}  verilator_7-1_any.deb\n`, 1, /verilator_7-1_any\.deb: FAILED/],
    [
      'trixie',
      '',
      1,
      /trixie has verilator_7-1_any\.deb, which scripts\/verilator-packages\.sha256 does not name/,
    ],
    ['sid', '', 0, /sid has verilator_7-1_any\.deb, which/],
  ])('of %s must be the known one: %j', (release, known, status, said) => {
    const run = fetchFrom(release, { content: 'one', known }).run()
    expect(run.status).toBe(status)
    expect(run.stderr).toMatch(said)
  })

  test.each<[string, Mirror, string]>([
    ['its mirror does not answer', { update: 'exit 100' }, 'its list of packages does not answer'],
    [
      'this is no Debian',
      { sources: 'Ubuntu Ubuntu main mirror:' },
      "apt's sources name no mirror of Debian",
    ],
    ['it does not run', { program: 'echo broken; exit 1' }, 'it does not run: broken'],
  ])('that cannot be had is named with the reason: %s', (_, mirror, why) => {
    const run = fetchFrom('sid', mirror).run()
    expect(run.status).toBe(3)
    expect(run.stderr).toContain(`assay: no Verilator of sid here: ${why}\n`)
  })
})
