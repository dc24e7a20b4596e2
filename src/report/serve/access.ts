/**
 * Who may see the pages: other users of the machine reach the port, too. A link with a key that is
 * good once makes a cookie; who has the token needs no link. Digests are compared, in constant time.
 * @module
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const MOST_SESSIONS = 100;

function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

function secret(): string {
  return randomBytes(32).toString("base64url");
}

/** Keys, sessions and the token of a server. */
export class Access {
  readonly #token: Uint8Array | undefined;
  readonly #cookie: string;
  readonly #sessions = new Set<string>();
  #key = secret();

  /** @param port In the name of the cookie: browsers hand a cookie to all ports of a host. */
  constructor(port: number, token: string | null) {
    this.#cookie = `tickerlock_${port}`;
    this.#token = token === null ? undefined : digestOf(token);
  }

  get key(): string {
    return this.#key;
  }

  #isToken(text: string): boolean {
    return this.#token !== undefined && timingSafeEqual(digestOf(text), this.#token);
  }

  /** Lets a browser in by key or token, uses the key up, and returns the header `Set-Cookie`. */
  enter(key: string): string | undefined {
    if (timingSafeEqual(digestOf(key), digestOf(this.#key))) this.#key = secret();
    else if (!this.#isToken(key)) return undefined;
    const session = secret();
    const [oldest] = this.#sessions;
    if (this.#sessions.size >= MOST_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.add(session);
    return `${this.#cookie}=${session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  allows(headers: Headers): boolean {
    const bearer = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    if (bearer !== undefined) return this.#isToken(bearer);
    const cookies = (headers.get("cookie") ?? "").split(/; */);
    return cookies.some((each) => {
      const [name, value = ""] = each.split("=", 2);
      return name === this.#cookie && this.#sessions.has(value);
    });
  }
}
