/** The commit that `make bench ARGS=ratio` compares with, installed and built beside the project. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** Before the work on speed. */
export const THEN = '2d94314'

/** @throws {Error} the clone does not have the commit */
export function needCommit(home: string): void {
  try {
    execFileSync('git', ['-C', home, 'cat-file', '-e', `${THEN}^{commit}`], { stdio: 'ignore' })
  } catch {
    throw new Error(`this clone has no commit ${THEN}: fetch the whole history (git fetch --unshallow)`)
  }
}

/** A folder with the commit in it, built: made once, and kept below build/. */
export async function checkOut(home: string, log: (text: string) => void): Promise<string> {
  needCommit(home)
  const around = join(home, 'build', 'ratio')
  const folder = join(around, THEN)
  if (existsSync(folder)) return folder
  log(`${THEN}: check out, install, build …`)
  const half = `${folder}.tmp`
  await rm(half, { recursive: true, force: true })
  await mkdir(half, { recursive: true })
  const archive = execFileSync('git', ['-C', home, 'archive', THEN], { maxBuffer: 2 ** 30 })
  execFileSync('tar', ['-x', '-C', half], { input: archive })
  // Its tests look for the real network beside it.
  await symlink(join(home, '..', 'shared'), join(around, 'shared')).catch(() => {})
  await install(half)
  await execa('make', ['build'], { cwd: half, stdout: 'ignore' })
  await rename(half, folder)
  return folder
}

/** As the Makefile of today does: that of 2d94314 runs the install scripts, and onnxruntime's downloads GPU libraries. */
export async function install(folder: string): Promise<void> {
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await execa('npm', words, { cwd: folder, stdout: 'ignore' })
  await writeFile(join(folder, 'node_modules', '.stamp'), '')
}
