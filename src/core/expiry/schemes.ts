import { dateAndDuration, hexSeconds, isoDate, jsonExpiry } from './instants.js'
import { type ExpiryReader, signed } from './reader.js'

/**
 * One reader for each scheme or family of schemes; add a scheme with one entry here. Case does not matter. `/` means a path segment without fields.
 *
 * Not read, because the number is the time of issue or can't be distinguished from one: Cloudflare's `verify`, `auth_key` of Alibaba and Huawei,
 * `sign` and `t` of Tencent's CDN (which are Qiniu's as well), and the paths of Alibaba, Huawei, lighttpd and mod_auth_token.
 */
export const SCHEMES: readonly ExpiryReader[] = [
  // nginx secure_link (ClubEvent, Gcore's CDN, CDNsun), Bunny, also in the path; CloudFront canned, S3 V2, OSS V1, GCS V2; Google Cloud CDN and Media CDN.
  // KeyCDN and googlevideo leave the s out.
  signed('expires?=(\\d{10})', 'token|md5|secure|bcdn_token|signature|hmac|sig'),
  // Bits on the Run and JW Player, Bytescale; Akamai, Cloudinary and 5centsCDN.
  signed('exp=(\\d{10})', 'sig|hmac'),
  // Bytescale in milliseconds.
  signed('exp=(\\d{10})\\d{3}', 'sig'),
  // nginx secure_link in short (ScaleEngine, StackPath); MediaVault; Qiniu's private links.
  signed('e=(\\d{10})', 'st|h|token'),
  // Lumen.
  signed('etime=(\\d{10})', 'encoded'),
  // Wowza, whose prefix is the site's.
  signed('(\\w+)endtime=(\\d{10})(?=&\\1hash=)'),
  // Azure SAS.
  signed('se=([\\d-]{10}T[\\d:%a.]+Z)', 'sig', isoDate),
  // Tencent live.
  signed('txtime=([\\da-f]{8})', 'txsecret', hexSeconds),
  // Tencent VOD, distinguished from Tencent's CDN by what else it signs.
  signed('t=([\\da-f]{8})', '(?:us|exper|rlimit)=\\w+&sign', hexSeconds),
  // S3 V4 (R2, MinIO, B2, Wasabi), GCS V4, OSS V4: x-amz-, x-goog-, x-oss-.
  signed('x-\\w+-date=(\\d{8}T\\d{6}Z)', 'x-\\w+-signature', dateAndDuration),
  // Fastly.
  signed('token=(\\d{10})_[\\da-f]{40,}'),
  // Vimeo.
  signed('s=\\d+_(\\d{10})_[\\da-f]{32,}'),
  // CDN77, in the query or the path.
  signed('(?:secure|/)=[\\w-]{22}(?:==)?,(\\d{10})'),
  // JSON Web Tokens: Mux, JW Player, Amazon IVS; Cloudflare Stream. CloudFront's custom policy. A brace in base64 begins with an e.
  signed('(?:token|policy|/)=(e.*?)', undefined, jsonExpiry),
]
