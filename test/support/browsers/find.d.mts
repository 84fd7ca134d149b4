export interface WebKitParts {
  webkitDriver: string
  miniBrowser: string
  xvfb: string
  dbusRunSession: string
}

export function findBrowsers(): {
  chromium: string | undefined
  firefox: string | undefined
  webkit: WebKitParts | undefined
}
