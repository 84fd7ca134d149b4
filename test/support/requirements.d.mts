export function requireBrowsers(): void
export function whyNotRun(browser: string): string | undefined
