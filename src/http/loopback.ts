/** Whether a URL's host name refers to this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

/** Whether a server that listens on this address can be reached from this machine only. */
export function isLoopbackAddress(hostname: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/.test(hostname);
}
