/**
 * An authority made in the test, with certificates of every kind: good ones, and each kind of bad one.
 *
 * @module
 */

// DER: https://www.itu.int/rec/T-REC-X.690; the fields are those of RFC 5280.
function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const size = length < 128 ? [length] : long;
  return new Uint8Array([tag, ...size, ...parts.flatMap((part) => [...part])]);
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const sequence = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => der(0x30, ...parts);
const oid = (...values: number[]): Uint8Array => der(0x06, bytes(...values));
const whole = (value: Uint8Array): Uint8Array => der(0x02, bytes(0), value);

const ECDSA_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));

function nameOf(common: string): Uint8Array {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, text(common)))));
}

function timeOf(day: string): Uint8Array {
  return der(0x18, text(`${day.replaceAll("-", "")}000000Z`));
}

/** A positive whole number without the zeros at its start that DER forbids. */
function numberOf(value: Uint8Array): Uint8Array {
  const start = value.findIndex((byte) => byte !== 0);
  const rest = value.subarray(start === -1 ? value.length - 1 : start);
  return (rest[0] ?? 0) < 0x80 ? der(0x02, rest) : whole(rest);
}

function pemOf(label: string, content: Uint8Array): string {
  const lines = content.toBase64().replaceAll(/(.{64})/g, "$1\n").trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** What a certificate says. */
interface CertificateOptions {
  /** Names or addresses of hosts that it is for. */
  readonly hosts?: readonly string[];
  /** First and last day, `YYYY-MM-DD`. */
  readonly days?: readonly [from: string, to: string];
  /** Whether it may sign others. */
  readonly isAuthority?: boolean;
}

/** A certificate with its key, both in PEM format. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

function generateKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
}

/** Signs a certificate. */
async function make(
  { keys, issuer, signer, name }: {
    readonly keys: CryptoKeyPair;
    readonly name: string;
    readonly issuer: string;
    readonly signer: CryptoKeyPair;
  },
  { hosts = [], days = ["2000-01-01", "2100-01-01"], isAuthority = false }: CertificateOptions,
): Promise<Certificate> {
  const alternatives = hosts.map((host) =>
    /^[\d.]+$/.test(host) ? der(0x87, bytes(...host.split(".").map(Number))) : der(0x82, text(host))
  );
  const constraints = sequence(...isAuthority ? [der(0x01, bytes(0xff))] : []);
  const extensions = [
    // basicConstraints and subjectAltName.
    sequence(oid(0x55, 0x1d, 0x13), der(0x04, constraints)),
    ...hosts.length === 0
      ? []
      : [sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(...alternatives)))],
  ];
  const content = sequence(
    der(0xa0, der(0x02, bytes(2))),
    numberOf(crypto.getRandomValues(new Uint8Array(8))),
    ECDSA_SHA256,
    nameOf(issuer),
    sequence(timeOf(days[0]), timeOf(days[1])),
    nameOf(name),
    new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey)),
    der(0xa3, sequence(...extensions)),
  );
  const hash = { name: "ECDSA", hash: "SHA-256" };
  const pair = new Uint8Array(await crypto.subtle.sign(hash, signer.privateKey, content));
  const signature = sequence(numberOf(pair.subarray(0, 32)), numberOf(pair.subarray(32)));
  const cert = sequence(content, ECDSA_SHA256, der(0x03, bytes(0), signature));
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { cert: pemOf("CERTIFICATE", cert), key: pemOf("PRIVATE KEY", key) };
}

/** An authority. */
export class Authority {
  readonly #keys: CryptoKeyPair;
  readonly #name: string;
  /** Its own certificate, in PEM format. */
  readonly cert: string;

  private constructor(keys: CryptoKeyPair, name: string, cert: string) {
    this.#keys = keys;
    this.#name = name;
    this.cert = cert;
  }

  /** A new one, that nothing trusts. */
  static async create(name = "An authority"): Promise<Authority> {
    const keys = await generateKeys();
    const itself = { keys, signer: keys, name, issuer: name };
    return new Authority(keys, name, (await make(itself, { isAuthority: true })).cert);
  }

  /** A certificate that it has signed. */
  async sign(options: CertificateOptions): Promise<Certificate> {
    const keys = await generateKeys();
    return make({ keys, signer: this.#keys, name: "A service", issuer: this.#name }, options);
  }
}

/** A certificate that no authority has signed. */
export async function selfSigned(options: CertificateOptions): Promise<Certificate> {
  const keys = await generateKeys();
  return make({ keys, signer: keys, name: "A service", issuer: "A service" }, options);
}
