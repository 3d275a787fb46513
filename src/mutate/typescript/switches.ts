/** The switches that Stryker's instrumenter puts into a source: which mutant is active, and which were reached. */
interface Namespace {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: {
    static: Record<string, number>
    perTest: Record<string, Record<string, number>>
  }
}

type Started = Namespace & Required<Pick<Namespace, 'activeMutant' | 'mutantCoverage'>>

/** A mutant that is reached this many times as often as in the test without it runs in an endless loop. */
const ENDLESS = 100

/** Stryker counts from 0, `Mutant.id` from 1. */
export class Switches {
  readonly #namespace: Started

  constructor(namespace: Namespace) {
    namespace.mutantCoverage ??= { static: {}, perTest: {} }
    // An empty name: not asked of the environment.
    namespace.activeMutant ??= ''
    this.#namespace = namespace as Started
  }

  /** What is reached from here on belongs to a test. */
  begin(): void {
    this.#namespace.mutantCoverage.perTest = {}
    this.#namespace.currentTestId = 'test'
  }

  /** Mutants reached since `begin`, with how often. */
  reached(): ReadonlyMap<number, number> {
    const { test = {} } = this.#namespace.mutantCoverage.perTest
    return new Map(Object.entries(test).map(([id, hits]) => [Number(id) + 1, hits]))
  }

  wake(mutant: number, hits: number): void {
    this.#namespace.activeMutant = String(mutant - 1)
    this.#namespace.hitCount = 0
    this.#namespace.hitLimit = ENDLESS * hits
  }

  sleep(): void {
    this.#namespace.activeMutant = ''
    this.#namespace.hitCount = undefined
  }

  /** Mutants reached outside of any test, since this was last asked. */
  takeOutside(): readonly number[] {
    const { mutantCoverage } = this.#namespace
    const reached = Object.keys(mutantCoverage.static).map((id) => Number(id) + 1)
    mutantCoverage.static = {}
    return reached
  }

  /** What is reached from here on belongs to no test. */
  leave(): void {
    this.#namespace.currentTestId = undefined
  }
}

export function switchesOf(scope: object): Switches {
  const named = scope as { __stryker__?: Namespace }
  named.__stryker__ ??= {}
  return new Switches(named.__stryker__)
}
