/** The events that a media element fires because of its source. `volumechange` and the picture-in-picture events are unrelated to it. */
const MEDIA_EVENTS = [
  ...['loadstart', 'progress', 'suspend', 'abort', 'error', 'emptied', 'stalled'],
  ...['loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough', 'durationchange', 'resize'],
  ...['playing', 'waiting', 'play', 'pause', 'ended', 'seeking', 'seeked', 'timeupdate', 'ratechange'],
]

/**
 * Passes each event of the media element to `admit` before Video.js or any other listener on the element gets it, and stops the event
 * unless `admit` returns true. Listens in the capture phase on the player's own element, the only place ahead of existing listeners.
 *
 * Returns a function that fires an event past the gate: one that results from the viewer's action and that the element can't fire now.
 */
export function gateMediaEvents(
  playerElement: Element,
  element: HTMLVideoElement,
  admit: (type: string) => boolean,
  signal: AbortSignal,
): (type: string) => void {
  const ours = new WeakSet<Event>()
  const onEvent = (event: Event) => {
    if (event.target === element && !ours.has(event) && !admit(event.type)) event.stopImmediatePropagation()
  }
  for (const type of MEDIA_EVENTS) playerElement.addEventListener(type, onEvent, { capture: true, signal })
  return (type) => {
    const event = new Event(type)
    ours.add(event)
    element.dispatchEvent(event)
  }
}
