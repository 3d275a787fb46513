/** Orders in which lanes of a word, and words, may be exchanged: whose place a place takes. */

export interface LaneMap {
  /** Such as `reversed`. */
  readonly id: string
  /** Behind "in each group of 16". */
  readonly says: string
  /** The lane whose value a lane has. */
  readonly from: (lane: number) => number
}

/** Those that move a lane of n, each once. */
export function laneMapsOf(n: number): readonly LaneMap[] {
  const steps = Array.from({ length: n }, (_, i) => i).slice(1)
  const isPower = (n & (n - 1)) === 0
  const maps: readonly LaneMap[] = [
    { id: 'reversed', says: 'in reverse order', from: (lane) => n - 1 - lane },
    ...(n % 2 === 0
      ? [{ id: 'pairs', says: 'with neighbours exchanged', from: (lane: number) => lane ^ 1 }]
      : []),
    ...(n % 2 === 0
      ? [{ id: 'halves', says: 'with their halves exchanged', from: (lane: number) => (lane + n / 2) % n }]
      : []),
    { id: 'next', says: 'each that of the next lane', from: (lane) => (lane + 1) % n },
    { id: 'previous', says: 'each that of the lane before', from: (lane) => (lane + n - 1) % n },
    { id: 'first', says: 'all that of its first lane', from: () => 0 },
    ...(isPower ? steps : []).map((by) => ({
      ...{ id: `xor-${by}`, says: `lane i that of lane i xor ${by}` },
      from: (lane: number) => lane ^ by,
    })),
    ...steps
      .filter((by) => by > 1 && n % by === 0)
      .map((by) => ({
        ...{ id: `stride-${by}`, says: `in steps of ${by}` },
        from: (lane: number) => (lane % (n / by)) * by + Math.floor(lane / (n / by)),
      })),
  ]
  return distinct(maps, n, (map, lane) => map.from(lane))
}

export interface ChannelMap {
  readonly id: string
  readonly says: string
  /** The channel whose value a channel has; -1 where it is that of an idle lane. */
  readonly from: (channel: number) => number
}

/**
 * Of the channels of a tensor.
 *
 * @param lanes of a word
 * @param order channel of each lane, word by word, -1 where it is idle; channel by channel unless given
 */
export function listChannelMaps(channels: number, lanes: number, order?: Int32Array): readonly ChannelMap[] {
  const places =
    order ??
    Int32Array.from({ length: Math.ceil(channels / lanes) * lanes }, (_, i) => (i < channels ? i : -1))
  const placeOf = new Int32Array(channels)
  places.forEach((channel, place) => {
    if (channel >= 0) placeOf[channel] = place
  })
  const words = places.length / lanes
  const at = (id: string, says: string, from: (place: number) => number): ChannelMap => ({
    id,
    says,
    from: (channel) => places[from(placeOf[channel]!)]!,
  })
  const inWord = laneMapsOf(lanes).map(({ id, says, from }) =>
    at(
      `lanes-${id}`,
      `${says} in each group of ${lanes}`,
      (place) => place - (place % lanes) + from(place % lanes),
    ),
  )
  const clampTo = (channel: number): number => Math.min(channels - 1, Math.max(0, channel))
  const inAll: readonly ChannelMap[] = [
    { id: 'next-channel', says: 'each that of the next channel', from: (channel) => clampTo(channel + 1) },
    {
      id: 'previous-channel',
      says: 'each that of the channel before',
      from: (channel) => clampTo(channel - 1),
    },
    { id: 'reversed', says: 'in reverse order', from: (channel) => channels - 1 - channel },
    { id: 'channel-0', says: 'all that of channel 0', from: () => 0 },
    { id: 'pairs', says: 'with neighbours exchanged', from: (channel) => clampTo(channel ^ 1) },
  ]
  const inWords =
    words < 2
      ? []
      : [
          at(
            'next-group',
            `each that of the next group of ${lanes}`,
            (place) => (place + lanes) % places.length,
          ),
          at(
            'previous-group',
            `each that of the group of ${lanes} before`,
            (place) => (place + places.length - lanes) % places.length,
          ),
          at(
            'groups-reversed',
            `with groups of ${lanes} in reverse order`,
            (place) => places.length - lanes - (place - (place % lanes)) + (place % lanes),
          ),
          at('group-0', `all that of the first group of ${lanes}`, (place) => place % lanes),
        ]
  return distinct([...inWord, ...inAll, ...inWords], channels, (map, channel) => map.from(channel))
}

/** Those that move one of n, each once. */
function distinct<Map>(
  maps: readonly Map[],
  n: number,
  from: (map: Map, of: number) => number,
): readonly Map[] {
  const all = Array.from({ length: n }, (_, i) => i)
  const seen = new Set([all.join()])
  return maps.filter((map) => {
    const key = all.map((of) => from(map, of)).join()
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
