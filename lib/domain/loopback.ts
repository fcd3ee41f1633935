const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Whether a URL is plain http to this machine. `URL` brings other spellings of an address (127.1, 0x7f000001) to the usual one. */
export const isLoopbackHttp = ({ protocol, hostname }: Pick<URL, "protocol" | "hostname">): boolean =>
  protocol === "http:" && loopbackHost.test(hostname);
