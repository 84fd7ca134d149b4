/** What a media element fires on its own account. `volumechange` and the events of picture-in-picture belong to no source. */
const MEDIA_EVENTS = [
  ...['loadstart', 'progress', 'suspend', 'abort', 'error', 'emptied', 'stalled'],
  ...['loadedmetadata', 'loadeddata', 'canplay', 'canplaythrough', 'durationchange', 'resize'],
  ...['playing', 'waiting', 'play', 'pause', 'ended', 'seeking', 'seeked', 'timeupdate', 'ratechange'],
]

/**
 * Shows each event of the media element to `admit` before Video.js or anyone else who listens on the element hears it, and keeps it from them
 * unless `admit` says true. In the capture phase on the player's own element: the only place ahead of listeners that came earlier.
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
  // An event that the viewer's own doing owes the listeners, and that the element can't fire just now.
  return (type) => {
    const event = new Event(type)
    ours.add(event)
    element.dispatchEvent(event)
  }
}
