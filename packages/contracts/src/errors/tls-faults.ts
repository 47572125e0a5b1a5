import { type Cause, causesOf } from "./causes.js";

/** A server that is connected to with TLS, or may be. */
export interface TlsServer {
  readonly name: "Postgres" | "Redis";
  /** The setting that has its URL. */
  readonly setting: string;
}

interface Fault {
  /** Of Node's and OpenSSL's errors. */
  readonly codes: RegExp;
  /** To be read after the server's name. */
  readonly what: (server: TlsServer) => string;
  /** What to change. */
  readonly fix: (server: TlsServer) => string;
}

const trust = ({ name, setting }: TlsServer): string =>
  name === "Postgres"
    ? `name the file of its authority by sslrootcert in ${setting}, or by NODE_EXTRA_CA_CERTS`
    : "name the file of its authority by NODE_EXTRA_CA_CERTS in the environment of each program";

const FAULTS: readonly Fault[] = [
  {
    codes: /^CERT_HAS_EXPIRED$/,
    what: () => "has a certificate that has expired",
    fix: () => "renew it, or that of its authority; if neither has, correct this machine's clock",
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    what: () => "has a certificate that is not valid yet",
    fix: () => "correct the clock of this machine, or that of the authority and issue another",
  },
  {
    codes: /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    what: ({ setting }) => `has a certificate for other names than the host of ${setting}`,
    fix: () =>
      "write a name of the certificate there, or issue one with that host (subjectAltName)",
  },
  {
    codes: /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/,
    what: () =>
      "has a certificate that signs itself, or whose authority does, and is not trusted here",
    fix: trust,
  },
  {
    codes: /^UNABLE_TO_(VERIFY|GET_ISSUER)/,
    what: () => "has a certificate of an authority that is not known here",
    fix: (server) => `${trust(server)}, or let the server send the certificates in between too`,
  },
  {
    codes: /^CERT_REVOKED$/,
    what: () => "has a certificate that was revoked",
    fix: () => "issue another one",
  },
  {
    codes: /ALERT_(UNKNOWN_CA|BAD_CERT|CERTIFICATE|HANDSHAKE_FAILURE|ACCESS_DENIED)/,
    what: () => "asks for a certificate of the client, or does not accept the one it got",
    fix: ({ name, setting }) =>
      name === "Postgres"
        ? `name its files by sslcert and sslkey in ${setting}`
        : `set tls-auth-clients to no there: ${setting} cannot name one`,
  },
  {
    codes: /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/,
    what: ({ setting }) => `speaks no TLS on the port of ${setting}`,
    fix: ({ name }) =>
      name === "Postgres"
        ? "name its own port, or set sslmode to disable"
        : "name its port for TLS, or write redis:// in place of rediss://",
  },
  {
    // P1011 is Prisma's, which keeps no other.
    codes:
      /^(P1011$|CERT_|CRL_|.*_(CERT|CRL)(_|$)|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|ERR_(SSL|TLS|OSSL)_)/,
    what: () => "cannot be connected to with TLS",
    fix: (server) => `correct its certificate, or ${trust(server)}`,
  },
];

/** The driver of Postgres has no code for it. */
const NO_TLS = /server does not support SSL connections/;

/**
 * What is wrong with the TLS of a connection, and what to change: one sentence, a colon between the
 * two, without hosts, users and its full stop. Null: the error is about something else. Waiting repairs
 * none of them.
 */
export function tlsFault(error: unknown, server: TlsServer): string | null {
  for (const cause of causesOf(error)) {
    const code = codeOf(cause);
    const fault = FAULTS.find(({ codes }) => codes.test(code));
    if (fault) return `${server.name} ${fault.what(server)} (${code}): ${fault.fix(server)}`;
    if (code === "" && NO_TLS.test(String(cause.message))) {
      return `${server.name} speaks no TLS, and ${server.setting} demands it: set ssl to on there, or sslmode to disable in the URL`;
    }
  }
  return null;
}

/** Some errors of OpenSSL come as EPROTO, with their name in the message only. */
function codeOf({ code, message }: Cause): string {
  if (code !== "EPROTO") return typeof code === "string" ? code : "";
  const reason = /:SSL routines:[^:]*:([^:]+)/.exec(String(message))?.[1] ?? "";
  return reason === "" ? "" : `ERR_SSL_${reason.trim().toUpperCase().replaceAll(" ", "_")}`;
}
