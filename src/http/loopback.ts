/** Whether a URL's host name stands for this machine. */
export function isLoopback(hostname: string): boolean {
  return /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

/** Whether an address that is listened on is reached from this machine alone. */
export function isLoopbackAddress(hostname: string): boolean {
  return /^(localhost|::1|127(\.\d{1,3}){3})$/.test(hostname);
}
