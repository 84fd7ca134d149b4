import { bitsOnTheRun, clubEvent, gcore, pushrFile, pushrTitle } from '../../../src/signers/index.js'

/** The URLs in the four seed documents, with the parts that no log may show. */
export const SEED_URLS = {
  gcoreVod: {
    url: 'https://demo-protected.gvideo.io/videos/2675_3dk4NsRt6vWsffEr/bbP3uBs-rBM_HY1VfWS5-Q/1688124955/master.m3u8',
    expiresAt: 1688124955,
    tokens: ['bbP3uBs-rBM_HY1VfWS5-Q'],
  },
  gcoreLive: {
    url: 'https://demo-protected.gvideo.io/cmaf/2675_201693/cFLm6j00eFFuvos2HZ-6hA/1861919999/master.m3u8',
    expiresAt: 1861919999,
    tokens: ['cFLm6j00eFFuvos2HZ-6hA'],
  },
  gcoreChunk: {
    url: 'https://demo-protected.gvideo.io/cmaf/2675_201693/cFLm6j00eFFuvos2HZ-6hA/1861919999/004chunk-stream4-10000000-05213.m4s?part=4',
    expiresAt: 1861919999,
    tokens: ['cFLm6j00eFFuvos2HZ-6hA'],
  },
  bitsOnTheRun: {
    url: 'http://content.bitsontherun.com/videos/nPripu9l.mp4?exp=1371335018&sig=a0124258c73177029d09bb82c6608392',
    expiresAt: 1371335018,
    tokens: ['a0124258c73177029d09bb82c6608392'],
  },
  bitsOnTheRunPlayer: {
    url: 'http://content.bitsontherun.com/players/nPripu9l-ALJ3XQCI.js?exp=1371335035&sig=f42664403879f61ece4f444d225ce507',
    expiresAt: 1371335035,
    tokens: ['f42664403879f61ece4f444d225ce507'],
  },
  pushrFile: {
    url: 'https://c0999z0999.r-cdn.com/EMTFuYHJOq_PtCYStfBt3g/1703602087/uploads/videos/2023/12/18/2630811/video.mp4',
    expiresAt: 1703602087,
    tokens: ['EMTFuYHJOq_PtCYStfBt3g'],
  },
  pushrTitle: {
    url: 'https://c0999z0999.r-cdn.com/3HVsqx08yT9Z/1703602087/uploads/videos/2023/12/18/2630811/playlist.m3u8?pushr=/uploads/videos/2023/12/18/2630811/',
    expiresAt: 1703602087,
    tokens: ['3HVsqx08yT9Z'],
  },
  clubEvent: {
    url: 'https://myserver.com/media_files/video1.mp4?token=Hh3sZ1yX9vQmP0aLk2TfUw&expires=1767781807',
    expiresAt: 1767781807,
    tokens: ['Hh3sZ1yX9vQmP0aLk2TfUw'],
  },
  clubEventApache: {
    url: 'https://myserver.com/mp4s/video1.mp4?token=5d41402abc4b2a76b9719d911017c592&expires=1767781807',
    expiresAt: 1767781807,
    tokens: ['5d41402abc4b2a76b9719d911017c592'],
  },
} as const

const pushr = {
  baseUrl: 'https://c0999z0999.r-cdn.com',
  path: '/uploads/videos/2023/12/18/2630811/',
  address: '203.0.113.7',
  secret: '9250b984b0c4080854360bf26bb1de2c7141f968',
}

/** Signs the way each seed's CDN requires, for an expiry in Unix seconds. */
export const SIGN = {
  gcore: (expiresAt: number) =>
    gcore({
      baseUrl: 'https://demo-protected.gvideo.io',
      clientId: '2675',
      videoId: '3dk4NsRt6vWsffEr',
      secret: 'MySecret',
      expiresAt,
    }),
  gcoreLive: (expiresAt: number) =>
    gcore({
      baseUrl: 'https://demo-protected.gvideo.io',
      clientId: '2675',
      videoId: '201693',
      kind: 'cmaf',
      secret: 'MySecret',
      expiresAt,
    }),
  pushrTitle: (expiresAt: number) => pushrTitle({ ...pushr, file: 'playlist.m3u8', expiresAt }),
  pushrFile: (expiresAt: number) => pushrFile({ ...pushr, file: 'video.mp4', expiresAt }),
  clubEvent: (expiresAt: number) =>
    clubEvent({ url: 'https://myserver.com/media_files/video1.mp4?secret=ReallySecretString', expiresAt }),
  clubEventApache: (expiresAt: number) =>
    clubEvent({ url: 'https://myserver.com/mp4s/video1.mp4?secret=CEmediaS3cret', expiresAt, server: 'apache' }),
  bitsOnTheRun: (expiresAt: number) =>
    bitsOnTheRun({
      baseUrl: 'http://content.bitsontherun.com',
      path: 'videos/nPripu9l.mp4',
      secret: 'Ksi93hsy38sjKfha9JaheEMp',
      expiresAt,
    }),
} as const

export type SignName = keyof typeof SIGN
export const SIGN_NAMES = Object.keys(SIGN) as SignName[]
