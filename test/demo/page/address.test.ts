import { describe, expect, it } from 'vitest'
import { describeFaults, readAddress, toQuery } from '../../../demo/address.js'
import { FAULT_IDS, faultOf, rivalOf, settingsOfFaults, WELL } from '../../../demo/faults.js'
import { OPENING_PROGRAMME as OPENING, type Programme } from '../../../demo/programme.js'
import { checkSettings, defaultSettings } from '../../../demo/server/stage-settings.js'

const SITUATION: Programme = {
  film: 'mp4',
  tokens: 'clubEvent',
  engine: 'worker',
  lifeMs: 30_000,
  faults: ['endpoint-429', 'cdn-etag'],
  from: 'middle',
}

describe('the address', () => {
  it('without a query is HLS with Gcore’s tokens by hls.js', () => {
    expect(readAddress('')).toEqual({ programme: OPENING, notes: [] })
  })

  it('holds everything that was chosen', () => {
    expect(toQuery(SITUATION)).toBe(
      '?film=mp4&tokens=clubEvent&engine=worker&life=30&faults=endpoint-429,cdn-etag&from=middle',
    )
    expect(readAddress(toQuery(SITUATION))).toEqual({ programme: SITUATION, notes: [] })
  })

  it.each([
    ['?film=mp3', { film: 'hls' }, 'There is no film “mp3”. It is hls.'],
    ['?film=mp4&tokens=toString', { film: 'mp4', tokens: 'gcore' }, 'There is no tokens “toString”. It is gcore.'],
    [
      '?film=live&tokens=bitsOnTheRun',
      { tokens: 'gcore' },
      'The tokens bitsOnTheRun don’t go with live. They are gcore.',
    ],
    ['?film=mp4&engine=vhs', { engine: 'native' }, 'The engine vhs doesn’t play mp4. It is native.'],
    ['?life=12', { lifeMs: 10_000 }, 'A URL can’t live for 12 s here. It lives for 10 s.'],
    ['?life=soon', { lifeMs: 10_000 }, 'There is no life “soon”. It is 10 s.'],
    ['?faults=fire,endpoint-down', { faults: ['endpoint-down'] }, 'There is no fault “fire”.'],
    ['?faults=cdn-etag', { faults: [] }, 'The fault cdn-etag can’t happen to hls.'],
    [
      '?faults=endpoint-401,endpoint-500',
      { faults: ['endpoint-401'] },
      'The faults endpoint-401 and endpoint-500 don’t go together. It is endpoint-401.',
    ],
  ])('becomes the nearest that exists, and says so: %s', (query, expected, note) => {
    const { programme, notes } = readAddress(query)
    expect(programme).toMatchObject(expected)
    expect(notes).toEqual([note])
    // What the page then writes into its address is right.
    expect(readAddress(toQuery(programme)).notes).toEqual([])
  })

  it('names the faults in words', () => {
    expect(describeFaults(['endpoint-down', 'cdn-etag', 'clock-ahead'])).toBe(
      'The endpoint is down. The CDN has replaced the file. The CDN’s clock is 1 h ahead.',
    )
    expect(describeFaults([])).toBe('')
  })
})

describe('the faults', () => {
  it('are settings that the server takes, and that are otherwise as by default', () => {
    for (const id of FAULT_IDS) {
      const { settings } = faultOf(id)
      expect(checkSettings(settings)).toBe(settings)
      for (const name of Object.keys(settings)) expect(Object.keys(WELL)).toContain(name)
    }
    expect(defaultSettings).toMatchObject(WELL)
  })

  it('leave nothing behind, and touch nothing else', () => {
    expect(settingsOfFaults(['endpoint-down'], ['endpoint-429'])).toEqual({
      endpointStatus: null,
      endpointFailures: null,
      endpointRetryAfter: null,
      endpointDead: true,
    })
    expect(settingsOfFaults([])).toEqual({})
  })

  it('exclude each other where they change the same setting', () => {
    expect(rivalOf('clock-ahead', ['endpoint-401', 'clock-behind'])).toBe('clock-behind')
    expect(rivalOf('clock-ahead', ['endpoint-401', 'clock-ahead'])).toBeUndefined()
  })
})
