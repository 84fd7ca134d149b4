/** Ranges of seconds as a media element returns them. Live, as in some browsers: they show changes to `pairs`. */
export function timeRanges(pairs: readonly (readonly number[])[]): TimeRanges {
  const bound = (index: number, side: 0 | 1) => {
    const value = pairs[index]?.[side]
    if (value === undefined) throw new RangeError(`There is no range ${index}.`)
    return value
  }
  return {
    get length() {
      return pairs.length
    },
    start: (index) => bound(index, 0),
    end: (index) => bound(index, 1),
  }
}
