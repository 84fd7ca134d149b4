/** Makes this page believe that the time is `offsetMs` later, as on a device whose clock is wrong. */
export function shiftClock(offsetMs: number): void {
  if (offsetMs === 0) return
  const Right = Date
  const now = () => Right.now() + offsetMs
  window.Date = new Proxy(Right, {
    construct: (_target, given) => (given.length === 0 ? new Right(now()) : Reflect.construct(Right, given)),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
}
