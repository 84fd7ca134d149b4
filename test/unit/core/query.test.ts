import { describe, expect, it } from 'vitest'
import { joinPairs, queryPairs } from '../../../src/core/query.js'

describe('queryPairs and joinPairs', () => {
  it.each([
    'token=Hh3sZ1yX9vQmP0aLk2TfUw&expires=1767781807',
    'hdnts=st=1688124955~exp=1688125015~acl=/film/*~hmac=0f9c',
    'Policy=eyJTdGF0ZW1lbnQi~Q__&Signature=a~b-c_&Key-Pair-Id=K1+2',
    'se=2026-01-07T10%3A30%3A07Z&sig=a%2Fb%3D',
    'a&b=&=c&&d=e=f',
  ])('preserve every byte of %s', (query) => {
    expect(joinPairs(queryPairs(query))).toBe(query)
  })

  it('split a pair at its first equals sign', () => {
    expect(queryPairs('hdnts=exp=1688125015~acl=/*')).toEqual([{ key: 'hdnts', text: 'hdnts=exp=1688125015~acl=/*' }])
  })

  it.each([undefined, ''])('find no pairs in %o', (query) => {
    expect(queryPairs(query)).toEqual([])
  })
})
