/** Puts `value` last, and drops the oldest beyond `most`, which it returns. For maps in which only the latest entries are needed. */
export function putLast<K, V>(map: Map<K, V>, key: K, value: V, most: number): V | undefined {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map
  if (map.size <= most || !oldest) return undefined
  map.delete(oldest[0])
  return oldest[1]
}
