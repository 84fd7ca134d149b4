import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readExpiry, readScheme } from '../../../../src/core/expiry/index.js'
import { splitUrl } from '../../../../src/core/split-url.js'

const md5 = (text: string) => createHash('md5').update(text).digest()

/** The path slots that the signer owns, as the reader finds them. */
function pathSlots(url: string): readonly number[] | undefined {
  const split = splitUrl(url)
  return split && readScheme(split).pathSlots
}

const HEX_MD5 = '9044548ef1527deadafa49a890a377f0'
const SHA1 = '4a1d1fb2ea5c10b5d1f1b3a5a3d8e9b8c7d6e5f4'
const MD5 = 'DMF1ucDxtHCxwYQ5fX3jyg'

/** Tencent VOD's documented key and random id, signed by its documented formula. */
const tencentVod = (exper: string, rlimit: string, us: string) =>
  md5(`24FEQmTzro4V5u3D5epW/dir1/dir2/5a71afc0${exper}${rlimit}${us}`).toString('hex')

describe('schemes with the expiry in the query', () => {
  it.each([
    [
      'nginx secure_link, as its documentation prints it',
      1451606400,
      `https://cdn.example/s/film.mp4?md5=_e4Nc3iduzkWRm01TBBNYw&expires=1451606400`,
    ],
    [
      'nginx secure_link with st and e (ScaleEngine, StackPath)',
      1688124955,
      `https://cdn.example/film/playlist.m3u8?st=${MD5}&e=1688124955`,
    ],
    [
      'Gcore CDN, as its documentation prints it',
      2147483647,
      'http://cdn.example.com/photo.jpeg?md5=DMF1ucDxtHCxwYQ&expires=2147483647',
    ],
    [
      'CDNsun, as its documentation prints it',
      2524647600,
      'https://cdn.mycompany.com/photo.jpeg?secure=DMF1ucDxtHCxwYQ&expires=2524647600',
    ],
    ['KeyCDN', 1688124955, `https://yourzone-id.kxcdn.com/path/to/file1.mp4?token=${MD5}&expire=1688124955`],
    ['Fastly, SHA-1', 1688124955, `https://film.global.ssl.fastly.net/film.mp4?token=1688124955_${SHA1}`],
    [
      'Fastly, SHA-256',
      1688124955,
      `https://film.global.ssl.fastly.net/film.mp4?token=1688124955_${HEX_MD5}${HEX_MD5}`,
    ],
    [
      'CDN77, as its documentation prints it',
      1333497600,
      'http://www.example.com/images/photo.png?secure=kaGd_cu6Iy4LDgfX3jy5Rw==,1333497600',
    ],
    [
      'CDN77 without padding',
      1333497600,
      'http://www.example.com/images/photo.png?secure=kaGd_cu6Iy4LDgfX3jy5Rw,1333497600',
    ],
    [
      'Bunny',
      1688124955,
      `https://films.b-cdn.net/videos/film.mp4?token=HS256-${MD5}_x4&token_path=%2Fvideos%2F&expires=1688124955`,
    ],
    [
      'S3 V2',
      1688124955,
      'https://films.s3.amazonaws.com/film.mp4?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1688124955&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D',
    ],
    [
      'Alibaba OSS V1',
      1688124955,
      'https://films.oss-cn-hangzhou.aliyuncs.com/film.mp4?OSSAccessKeyId=LTAI5t7h6SgiLSga&Expires=1688124955&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D',
    ],
    [
      'Alibaba OSS V4',
      1688125555,
      `https://films.oss-cn-hangzhou.aliyuncs.com/film.mp4?x-oss-date=20230630T113555Z&x-oss-expires=600&x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-signature=${HEX_MD5}`,
    ],
    [
      'Google Cloud CDN',
      1566268009,
      'https://media.example.com/videos/id/master.m3u8?userID=abc123&starting_profile=1&Expires=1566268009&KeyName=mySigningKey&Signature=8NBSdQGzvDftrOIa3WHpp646Iis=',
    ],
    [
      'Google Cloud CDN for a prefix',
      1566268009,
      'https://media.example.com/videos/id/main.m3u8?URLPrefix=aHR0cHM6Ly9tZWRpYS5leGFtcGxlLmNvbS92aWRlb3Mv&Expires=1566268009&KeyName=mySigningKey&Signature=8NBSdQGzvDftrOIa3WHpp646Iis=',
    ],
    [
      'Google Media CDN token, Ed25519',
      1688124955,
      'https://media.example.com/videos/id/main.m3u8?edge-cache-token=Expires=1688124955~URLPrefix=aHR0cHM6Ly9tZWRpYS5leGFtcGxlLmNvbS8~Signature=8NBSdQGzvDftrOIa3WHpp646Iis',
    ],
    [
      'Google Media CDN token, HMAC',
      1688124955,
      `https://media.example.com/videos/id/main.m3u8?edge-cache-token=Starts=1688120000~Expires=1688124955~PathGlobs=/videos/*~hmac=${HEX_MD5}`,
    ],
    ['MediaVault', 1688124955, `https://films.vo.llnwd.net/e1/film.mp4?p=40&e=1688124955&h=${HEX_MD5}`],
    [
      "Akamai's long token",
      1688124955,
      `https://film.akamaized.example/vod/master.m3u8?hdntl=exp=1688124955~acl=%2f*~data=hdntl~hmac=${HEX_MD5}`,
    ],
    [
      'Bytescale in seconds',
      1712345678,
      'https://upcdn.io/W142hJk/raw/film.mp4?exp=1712345678&sig=1.sRtaYx9vQmP0aLk2TfUw',
    ],
    [
      'Bytescale in milliseconds',
      1712345678,
      'https://upcdn.io/W142hJk/raw/film.mp4?exp=1712345678999&sig=1.sRtaYx9vQmP0aLk2TfUw',
    ],
    [
      'Wowza, as its community prints it',
      1459767008,
      'https://wowza.example/vod/_definst_/mp4:sample.mp4/playlist.m3u8?wowzatokenendtime=1459767008&wowzatokenhash=y8Iuk-Lq5hIuD0NfLyShZe89T4OXHlqSDezhjqCsClIRS_NIi-SzNDaZQFTPvWwc&wowzatokenstarttime=1459765208',
    ],
    [
      "Wowza with a site's own prefix",
      1721137107,
      `https://wowza.example/live/myStream/playlist.m3u8?tstarttime=1721130000&tendtime=1721137107&thash=y8Iuk-Lq5hIuD0NfLyShZe89`,
    ],
    ['Tencent live', 0x5c2aca7f, `https://live.example/live/stream.m3u8?txSecret=${HEX_MD5}&txTime=5C2ACA7F`],
    [
      'Tencent VOD with an id',
      0x5a71afc0,
      `http://example.vod2.myqcloud.com/dir1/dir2/myVideo.mp4?t=5a71afc0&us=72d4cd1101&sign=${tencentVod('', '', '72d4cd1101')}`,
    ],
    [
      'Tencent VOD with a preview',
      0x5a71afc0,
      `http://example.vod2.myqcloud.com/dir1/dir2/myVideo.mp4?t=5a71afc0&exper=300&us=72d4cd1101&sign=${tencentVod('300', '', '72d4cd1101')}`,
    ],
    [
      'Tencent VOD for three viewers',
      0x5a71afc0,
      `http://example.vod2.myqcloud.com/dir1/dir2/myVideo.mp4?t=5a71afc0&rlimit=3&sign=${tencentVod('', '3', '')}`,
    ],
    [
      "Qiniu's private links",
      1688124955,
      'https://films.qiniu.example/film.mp4?e=1688124955&token=MY_ACCESS_KEY:yN9WtB0lQheegAwva64yBuH3ZgU=',
    ],
    [
      'Lumen',
      1688124955,
      'https://films.lumen.example/film.mp4?stime=1688120000&etime=1688124955&encoded=0a1b2c3d4e5f6a7b8c9d0',
    ],
    ['Vimeo', 1524859000, `https://player.vimeo.com/play/991234567?s=266060211_1524859000_${HEX_MD5}&loc=external`],
    [
      'googlevideo',
      1688124955,
      'https://r4---sn-4g5e6nzz.googlevideo.com/videoplayback?expire=1688124955&ei=q7yeZO&id=o-AB&itag=22&sparams=expire%2Cei%2Cid%2Citag&sig=AOq0QJ8wRQIhAL',
    ],
    [
      'Azure to the minute',
      1688124900,
      'https://films.blob.core.windows.net/film/film.mp4?sv=2022-11-02&se=2023-06-30T11%3A35Z&sr=b&sp=r&sig=a%2Fbcdefghij%3D',
    ],
    [
      'Azure with colons and a fraction',
      1688124955,
      'https://films.blob.core.windows.net/film/film.mp4?se=2023-06-30T11:35:55.1234567Z&sig=a%2Fbcdefghij%3D',
    ],
  ])('%s', (_, expiresAt, url) => {
    expect(readExpiry(url)).toBe(expiresAt)
    expect(pathSlots(url)).toEqual([])
  })
})

describe('schemes with the expiry in the path', () => {
  it.each([
    [
      'Bunny',
      1688124955,
      [0],
      `https://films.b-cdn.net/bcdn_token=HS256-${MD5}_x4&expires=1688124955&token_path=%2Fvideos%2F/videos/playlist.m3u8`,
    ],
    [
      'CDN77, as its documentation prints it',
      1333497600,
      [0],
      'http://www.example.com/kaGd_cu6Iy4LDgfX3jy5Rw==,1333497600/images/photo.png',
    ],
    [
      'CDNsun and its likes',
      1546300800,
      [0],
      'http://example.com/secure=DMF1ucDxtqgxwYQ&expires=1546300800&ip=1.2.3.4/film/master.m3u8',
    ],
    [
      'Google Media CDN',
      1566268009,
      [2],
      'https://media.example.com/video/id/edge-cache-token=Expires=1566268009&KeyName=mySigningKey&Signature=8NBSdQGzvDftrOIa3WHpp646Iis/master.m3u8',
    ],
    [
      'Akamai',
      1688124955,
      [1],
      `https://film.akamaized.example/vod/hdntl=exp=1688124955~acl=%2f*~data=hdntl~hmac=${HEX_MD5}/2675/master.m3u8`,
    ],
    [
      'nginx secure_link in a location',
      1688124955,
      [2, 1],
      `https://cdn.example/play/${MD5}/1688124955/film/master.m3u8`,
    ],
    [
      'PUSHR, any token next to ?pushr=',
      1703602087,
      [1, 0],
      'https://c0999z0999.r-cdn.com/3HVsqx08yT9Z/1703602087/film/playlist.m3u8?lang=en&pushr=/film/',
    ],
  ])('%s', (_, expiresAt, slots, url) => {
    expect(readExpiry(url)).toBe(expiresAt)
    expect(pathSlots(url)).toEqual(slots)
  })
})

/** A time of issue is never taken for an expiry, because only the CDN's configuration knows the lifetime. */
describe('unknown, because the number is the time of issue', () => {
  it.each([
    [
      'Cloudflare WAF',
      `https://cdn.example/film.mp4?verify=1688124955-${encodeURIComponent('IaLGSmELTvlhfd0ItdN6PhhHTFhzx73EX8uy1FcByxM=')}`,
    ],
    [
      'Alibaba A (which some of its pages call an expiry)',
      `http://cdn.example.com/film.mp4?auth_key=1444435200-0-0-${HEX_MD5}`,
    ],
    ['Alibaba B, calendar minutes', `http://cdn.example.com/201508150800/${HEX_MD5}/4/44/film.mp4`],
    ['Alibaba C in the path', 'http://cdn.example.com/a37fa50a5fb8f71214b1e7c95ec7a1bd/55CE8100/test.flv'],
    ['Alibaba C in the query', 'http://cdn.example.com/test.flv?KEY1=a37fa50a5fb8f71214b1e7c95ec7a1bd&KEY2=55CE8100'],
    ['Alibaba F', `http://cdn.example.com/film.mp4?sign=${HEX_MD5}&time=1688124955`],
    ['Alibaba F, hexadecimal', `http://cdn.example.com/film.mp4?sign=${HEX_MD5}&time=649ebe1b`],
    ['Huawei A', `https://cdn.example.com/film.mp4?auth_key=1688124955-477b3bbc253f467b8def6711128c7bec-0-${HEX_MD5}`],
    ['Huawei B', `https://cdn.example.com/202306301135/${HEX_MD5}/film.mp4`],
    ['Huawei C1', `https://cdn.example.com/${HEX_MD5}/649ebe1b/film.mp4`],
    ['Huawei C2', `https://cdn.example.com/film.mp4?auth_key=${HEX_MD5}&timestamp=649ebe1b`],
    ['Tencent CDN A', `https://cdn.example.com/film.mp4?sign=1688124955-im1acp76sx9sdqe601v-0-${HEX_MD5}`],
    ['Tencent CDN B', `https://cdn.example.com/20230630193555/${HEX_MD5}/film.mp4`],
    ['Tencent CDN C', `https://cdn.example.com/${HEX_MD5}/649ebe1b/film.mp4`],
    ['Tencent CDN D, decimal', `https://cdn.example.com/film.mp4?sign=${HEX_MD5}&t=1688124955`],
    [
      "Tencent CDN D, hexadecimal (Qiniu's expiry looks the same)",
      `https://cdn.example.com/film.mp4?sign=${HEX_MD5}&t=649ebe1b`,
    ],
    ['lighttpd mod_secdownload', `https://cdn.example.com/dl/${HEX_MD5}/649ebe1b/film/master.m3u8`],
    ['lighttpd mod_secdownload, HMAC-SHA1', `https://cdn.example.com/dl/${MD5}Hk3Qw/649ebe1b/film/master.m3u8`],
    ['Apache mod_auth_token', `https://cdn.example.com/protected/${HEX_MD5}/649ebe1b/film.mp4`],
  ])('%s', (_, url) => {
    expect(readExpiry(url)).toBeUndefined()
  })
})

describe('unknown, because nothing in the URL shows the expiry, or several numbers could be it', () => {
  it.each([
    [
      'a hexadecimal digest before a number (Varnish, 3Q), which could be an upload folder',
      `https://cdn.example/path/${HEX_MD5}/1688124955/film.mp4`,
    ],
    [
      "a site's own ticket with two times, which could be the start and end of a recording",
      `https://cdn.example/secure/1688120000/1688124955/${HEX_MD5}/index.m3u8`,
    ],
    [
      'api.video',
      'https://vod.api.video/vod/vi4blUQJFrYWbaG44NChkH27/token/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d/hls/manifest.m3u8',
    ],
    [
      'Brightcove',
      'https://manifest.prod.boltdns.net/manifest/v1/hls/v4/clear/1234567890/6a1b2c3d/10s/master.m3u8?fastly_token=NjQ5ZWJlMWJfMTIzNDU2Nzg5MGFiY2RlZg%3D%3D',
    ],
    [
      'Kinesis Video Streams',
      'https://b-1234.kinesisvideo.eu-west-1.amazonaws.com/hls/v1/getHLSMasterPlaylist.m3u8?SessionToken=CiAz9vQmP0aLk2TfUw1688124955',
    ],
    [
      'EdgeCast and Azure CDN, fully encrypted',
      'https://films.azureedge.example/film.mp4?7e3f0a9b1688124955c4d5e6f7a8b9c0d1e2f3a4b5',
    ],
    [
      'Kaltura',
      'https://cdnapisec.kaltura.com/p/1234567/sp/123456700/playManifest/entryId/0_abcdefgh/format/applehttp/ks/djJ8MTIzNDU2N3wxNjg4MTI0OTU1/a.m3u8',
    ],
    [
      'PeerTube',
      'https://peertube.example/static/streaming-playlists/hls/private/master.m3u8?videoFileToken=7f3e4d5c-6b7a-8c9d-0e1f-2a3b4c5d6e7f',
    ],
    ['a Common Access Token', 'https://cdn.example/film/master.m3u8?CAT=2D3RhEOhAQWhBFBha2FtYWlfa2V5X2hzMjU2'],
    ['Vzaar', 'https://view.vzaar.com/1234567/video.m3u8?token=2.20230630113555.7e3f0a9b1c2d'],
    [
      'Lumen with a calendar date, whose time zone is undocumented',
      'https://films.lumen.example/film.mp4?stime=20230630000000&etime=20230630113555&encoded=0a1b2c3d4e5f6a7b8c9d0',
    ],
    ['Bytescale without an end', 'https://upcdn.io/W142hJk/raw/film.mp4?exp=inf&sig=1.sRtaYx9vQmP0aLk2TfUw'],
    [
      'Wowza without an end',
      'https://wowza.example/vod/playlist.m3u8?wowzatokenendtime=0&wowzatokenhash=y8Iuk-Lq5hIuD0NfLyShZe89',
    ],
    [
      'Wowza given milliseconds',
      'https://wowza.example/vod/playlist.m3u8?wowzatokenendtime=1459767008000&wowzatokenhash=y8Iuk-Lq5hIuD0NfLyShZe89',
    ],
    [
      "Wowza's own playlists, which Wowza writes",
      'https://wowza.example/vod/chunklist_w1129738527_tkdGVuZHRpbWU9MTcyMTEzNzEwNyZ0c3RhcnR0aW1lPTE3MjExMzAwMDA=.m3u8',
    ],
    [
      'Akamai given milliseconds',
      `https://film.akamaized.example/m.m3u8?hdnts=exp=1688124955000~acl=/*~hmac=${HEX_MD5}`,
    ],
    [
      'an Akamai token percent-encoded, which may be that of a URL inside the URL',
      `https://cdn.example/?next=%2Fm.m3u8%3Fhdnts%3Dexp%3D1688124955~acl%3D%2F*~hmac%3D${HEX_MD5}`,
    ],
    [
      'an Azure date without its zone',
      'https://films.blob.core.windows.net/film.mp4?se=2023-06-30T11%3A35%3A55&sig=a%2Fbcdefghij%3D',
    ],
    [
      'an Azure service bus, in seconds',
      'https://films.servicebus.windows.net/film?sr=film&sig=a%2Fbcdefghij%3D&se=1688124955&skn=key',
    ],
    [
      'a date without its duration',
      `https://films.s3.amazonaws.com/film.mp4?X-Amz-Date=20230630T113555Z&X-Amz-Signature=${HEX_MD5}`,
    ],
    [
      'a duration without its date',
      `https://films.s3.amazonaws.com/film.mp4?X-Amz-Expires=600&X-Amz-Signature=${HEX_MD5}`,
    ],
    [
      'a duration of more than six digits',
      `https://films.s3.amazonaws.com/film.mp4?X-Amz-Date=20230630T113555Z&X-Amz-Expires=1000000&X-Amz-Signature=${HEX_MD5}`,
    ],
    [
      'a date and a duration unsigned',
      'https://films.s3.amazonaws.com/film.mp4?X-Amz-Date=20230630T113555Z&X-Amz-Expires=600',
    ],
    [
      "a date that isn't",
      `https://films.s3.amazonaws.com/film.mp4?X-Amz-Date=20231330T113555Z&X-Amz-Expires=600&X-Amz-Signature=${HEX_MD5}`,
    ],
  ])('%s', (_, url) => {
    expect(readExpiry(url)).toBeUndefined()
    expect(pathSlots(url)).toEqual([])
  })
})

describe('a number that is not an expiry', () => {
  it.each([
    [
      'a clip with an end, and a checksum',
      `https://cdn.example/film.mp4?startTime=1688120000&endTime=1688124955&hash=${HEX_MD5}`,
    ],
    ["a clip's end and another's checksum", `https://cdn.example/film.mp4?clipEndTime=1688124955&fileHash=${HEX_MD5}`],
    ['a height of 1080 and an episode', 'https://cdn.example/film.mp4?h=1080&e=1688124955'],
    ['a start time that is not a signature', 'https://cdn.example/film.mp4?st=1688120000&e=1688124955'],
    ['a time to start at, and a signature', `https://cdn.example/film.mp4?t=1688124955&sig=${HEX_MD5}`],
    ["a comma in a video's title", 'https://cdn.example/twenty-thousand-leagues,1688124955/film.mp4'],
    [
      'a title as long as a token, before an upload date',
      'https://cdn.example/summer-holiday-filming/1688124955/film.mp4',
    ],
    ['a token before an upload date, no folder after it', `https://cdn.example/${MD5}/1688124955`],
    ['a user, an upload date and a checksum in a folder', `https://cdn.example/42_1688124955_${HEX_MD5}/film.mp4`],
    ['a user id and a session id in a token', `https://cdn.example/film.mp4?token=42_1688124955_${HEX_MD5}`],
    ['a fragment', `https://cdn.example/film.mp4#token=${MD5}&expires=1688124955`],
    ['a name that only ends like it', `https://cdn.example/film.mp4?token=${MD5}&cacheexpires=1688124955`],
    ['a URL in the URL', `https://cdn.example/?u=https%3A%2F%2Fx.example%2F%3Ftoken%3D${MD5}%26expires%3D1688124955`],
    [
      'JSON that names no expiry',
      `https://cdn.example/film.mp4?policy=${btoa('{"Statement":[{"Condition":null}]}')}&signature=${MD5}`,
    ],
    [
      'JSON whose exp is not a number',
      `https://cdn.example/film.mp4?token=a.${btoa('{"exp":{"valueOf":1,"toString":1}}')}.c`,
    ],
    ['JSON that is null', `https://cdn.example/film.mp4?token=a.${btoa('null')}.c`],
  ])('is ignored: %s', (_, url) => {
    expect(readExpiry(url)).toBeUndefined()
  })
})

describe('two expiries in one URL', () => {
  const policy = btoa(JSON.stringify({ Statement: [{ Condition: { DateLessThan: { 'AWS:EpochTime': 1688124955 } } }] }))

  it('are read when they agree', () => {
    expect(
      readExpiry(`https://cdn.example/film.mp4?token=${MD5}&expires=1688124955&exp=1688124955&sig=${HEX_MD5}`),
    ).toBe(1688124955)
  })

  it.each([
    [
      'two schemes that disagree',
      `https://cdn.example/film.mp4?token=${MD5}&expires=1688124955&exp=1688124956&sig=${HEX_MD5}`,
    ],
    [
      'path and query that disagree',
      `https://cdn.example/play/${MD5}/1688124955/film.mp4?token=${MD5}&expires=1688124956`,
    ],
    [
      'a policy and an expiry that disagree',
      `https://cdn.example/film.mp4?Policy=${policy}&Expires=1688124956&Signature=${MD5}&Key-Pair-Id=K2JCJMDEHXQW5F`,
    ],
    [
      'one field twice: the first counts for nginx, the last for PHP',
      `https://cdn.example/film.mp4?token=${MD5}&expires=1688124955&expires=1688124956`,
    ],
  ])('are not read: %s', (_, url) => {
    expect(readExpiry(url)).toBeUndefined()
  })

  it('still give the path segments that the signer owns when they disagree', () => {
    expect(pathSlots(`https://cdn.example/play/${MD5}/1688124955/film.mp4?token=${MD5}&expires=1688124956`)).toEqual([
      2, 1,
    ])
  })
})

describe('the first and last instants', () => {
  const sas = (se: string) =>
    `https://films.blob.core.windows.net/film.mp4?se=${encodeURIComponent(se)}&sig=a%2Fbcdefghij%3D`
  const live = (txTime: string) => `https://live.example/live/stream.m3u8?txSecret=${HEX_MD5}&txTime=${txTime}`

  it.each([
    ['2001-09-09T01:46:40Z', 1_000_000_000],
    ['2001-09-09T01:46:39Z', undefined],
    ['2286-11-20T17:46:39Z', 9_999_999_999],
    ['2286-11-20T17:46:40Z', undefined],
  ])('that are accepted as ten-digit seconds: %s', (se, expiresAt) => {
    expect(readExpiry(sas(se))).toBe(expiresAt)
  })

  it.each([
    ['3b9aca00', 1_000_000_000],
    ['3b9ac9ff', undefined],
    ['ffffffff', 0xffffffff],
    ['0ffffffff', undefined],
    ['fffffff', undefined],
  ])('that are accepted as hexadecimal: %s', (txTime, expiresAt) => {
    expect(readExpiry(live(txTime))).toBe(expiresAt)
  })
})
