import type { SignedPlayer } from './types.js'

/** Listens to a player or a tech, which don't know signals, until `signal` aborts. */
export function listen(
  emitter: Pick<SignedPlayer, 'on' | 'off'>,
  types: string | string[],
  listener: Parameters<SignedPlayer['on']>[1],
  signal: AbortSignal,
): void {
  emitter.on(types, listener)
  signal.addEventListener('abort', () => emitter.off(types, listener), { once: true })
}
