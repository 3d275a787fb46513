/** What `make bench ARGS=ratio` compares, in the order of the table. */
import type { BenchContext } from './measure.ts'
import {
  changeRtl,
  fromNothing,
  runBench,
  runSim,
  runTests,
  type Sample,
  type Side,
  strangeOut,
  warmOut,
} from './ratio-sides.ts'

type Real = NonNullable<BenchContext['real']>

export interface RatioRow {
  /** Chosen by `make bench ARGS='ratio name'`. */
  readonly name: string
  readonly what: string
  /** Most of now / then; null compares without a promise. With `least` it is the least that the value of now may be. */
  readonly reach: number | null
  /** The value is no time: more is better, and the reach is about the value of now, or about the ratio. */
  readonly more?: 'value' | 'ratio'
  readonly unit: 's' | '%' | '/s'
  readonly pairs: number
  readonly how: string
  /** Runs only where it is named: it takes many minutes. */
  readonly onDemand?: true
  /** Before the first pair. */
  readonly warmUp?: (side: Side) => Promise<unknown>
  /** @param pair number of the pair, from 0 */
  readonly run: (side: Side, pair: number) => Promise<Sample>
}

interface Given {
  readonly home: string
  readonly real: Real
  /** Other pictures than `real.image`. */
  readonly images: readonly string[]
}

const BENCH = 'the bench of each version, a process each'

export function listRows({ home, real, images }: Given): readonly RatioRow[] {
  const bench = (file: string, name: string) => (side: Side) => runBench(side, file, name, real)
  const network = ['--model', real.model, '--calibration', real.calibration]
  const sim = (side: Side, out: string, image: string, ...more: readonly string[]): Promise<Sample> =>
    runSim(side, [...network, '--image', image, '--out', out, ...more])
  const warm = async (side: Side) => sim(side, await warmOut(side), real.image)

  return [
    {
      name: 'rtl',
      what: '63 convolutions, 640x640, one core',
      reach: 0.45,
      unit: 's',
      pairs: 5,
      how: `CPU; ${BENCH}`,
      run: bench('first-light', 'rtlBench'),
    },
    {
      name: 'chained',
      what: 'chained yolov8n, image to boxes',
      reach: 0.5,
      unit: 's',
      pairs: 5,
      how: `CPU; ${BENCH}`,
      run: bench('first-light', 'chainedBench'),
    },
    {
      name: 'sim',
      what: '`make sim` yolov8n, new image, warm',
      reach: 0.45,
      unit: 's',
      pairs: 5,
      how: 'assay sim in the folder of the run before',
      warmUp: warm,
      run: async (side, pair) => sim(side, await warmOut(side), images[pair]!, ...side.sameWork),
    },
    {
      name: 'first',
      what: 'the same, first time with this checkpoint',
      reach: 0.4,
      unit: 's',
      pairs: 3,
      how: 'assay sim; model kept, 32 images to calibrate with',
      warmUp: warm,
      run: async (side, pair) => sim(side, await strangeOut(side), images[pair]!, ...side.sameWork),
    },
    {
      name: 'first-stimulus',
      what: 'the same, with the stimuli that 2d94314 does not have',
      reach: null,
      unit: 's',
      pairs: 3,
      how: 'assay sim as it is called by default',
      warmUp: warm,
      run: async (side, pair) => sim(side, await strangeOut(side), images[pair]!),
    },
    {
      name: 'unchanged',
      what: 'nothing changed',
      reach: 0.7,
      unit: 's',
      pairs: 9,
      how: 'assay sim, all reports written',
      warmUp: warm,
      run: async (side) => sim(side, await warmOut(side), real.image),
    },
    {
      name: 'golden',
      what: 'golden frame, every tensor',
      reach: 0.5,
      unit: 's',
      pairs: 5,
      how: `wall-clock; ${BENCH}`,
      run: bench('first-light', 'goldenBench'),
    },
    {
      name: 'edit',
      what: 'one line of RTL changed, to the first compared layer',
      reach: 0.5,
      unit: 's',
      pairs: 5,
      how: 'assay sim --layers model.0, whole process; ccache off',
      warmUp: warm,
      run: async (side) => {
        const rtl = await changeRtl(side)
        return sim(
          side,
          await warmOut(side),
          real.image,
          '--layers',
          'model.0',
          '--rtl',
          rtl,
          ...side.sameWork,
        )
      },
    },
    {
      name: 'build',
      what: "detector's model built cold, everything",
      reach: 0.7,
      unit: 's',
      pairs: 3,
      how: `wall-clock, ccache off; ${BENCH}`,
      run: bench('detector', 'buildBench'),
    },
    {
      name: 'bare',
      what: 'fresh clone to proof, system tools and npm cache there',
      reach: 0.75,
      unit: 's',
      pairs: 3,
      how: 'git clone, packages installed, make sim; wall-clock, ccache off',
      run: (side) => fromNothing(side, home),
    },
    {
      name: 'calibration',
      what: 'calibration, an image',
      reach: 0.35,
      unit: 's',
      pairs: 5,
      how: `wall-clock; ${BENCH}`,
      run: bench('quantise', 'calibrationBench'),
    },
    {
      name: 'stream',
      what: 'streams, of a hand-written loop',
      reach: 95,
      more: 'value',
      unit: '%',
      pairs: 5,
      how: BENCH,
      run: bench('test-bench', 'streamBench'),
    },
    {
      name: 'cycle',
      what: 'TypeScript cycles with four port accesses',
      reach: 1,
      more: 'ratio',
      unit: '/s',
      pairs: 5,
      how: BENCH,
      run: bench('test-bench', 'cycleBench'),
    },
    {
      name: 'test',
      what: '`make test`, no model built',
      reach: 0.75,
      unit: 's',
      pairs: 1,
      how: 'fresh clone, ccache off',
      onDemand: true,
      run: (side) => runTests(side, home, false),
    },
    {
      name: 'retest',
      what: '`make test`, nothing changed',
      reach: 0.75,
      unit: 's',
      pairs: 1,
      how: 'its second run in a fresh clone',
      onDemand: true,
      run: (side) => runTests(side, home, true),
    },
  ]
}
