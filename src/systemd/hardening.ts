/** The rights that a service does not have. `systemd-analyze security` rates the result. @module */

/** The service manager of a unit: the machine's or a user's. */
export type Scope = "system" | "user";

/**
 * Other calls fail with EPERM in place of killing the program: V8's `pkey_alloc` and SQLite's
 * `fchown` as root do, and both go on without.
 */
export const SYSTEM_CALLS = {
  allowed: ["@system-service"],
  refused: ["@privileged", "@resources"],
} as const;

/** The lines of `[Service]` that take rights away. */
export function hardening(scope: Scope, network: boolean, needsHome: boolean): string[] {
  const system = scope === "system";
  // A user's own database and lists are in the home folder; only the state can be written there.
  const home = system && !needsHome ? "ProtectHome=yes" : "ProtectHome=read-only";
  return [
    "UMask=0077",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "ProtectSystem=strict",
    home,
    ...system ? [] : ["ReadWritePaths=-%S/tickerlock -%t/tickerlock"],
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "DevicePolicy=closed",
    "PrivateMounts=yes",
    "# A core would hold what is in memory, the cookie among it.",
    "LimitCORE=0",
    "# It only connects, and listens nowhere (systemd 249 or later).",
    "SocketBindDeny=any",
    // In a user's manager this is what makes the other protections work at all. Where the kernel
    // lets no user have namespaces, the unit ends with 217/USER: set this to "no" in a drop-in.
    "PrivateUsers=yes",
    ...network ? [] : ["PrivateNetwork=yes"],
    "ProtectClock=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectProc=invisible",
    "ProcSubset=pid",
    `RestrictAddressFamilies=AF_UNIX${network ? " AF_INET AF_INET6" : ""}`,
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "KeyringMode=private",
    ...system ? ["RemoveIPC=yes"] : [],
    "# V8 compiles JavaScript to machine code while it runs.",
    "MemoryDenyWriteExecute=no",
    "SystemCallArchitectures=native",
    ...SYSTEM_CALLS.allowed.map((group) => `SystemCallFilter=${group}`),
    `SystemCallFilter=~${SYSTEM_CALLS.refused.join(" ")}`,
    "SystemCallErrorNumber=EPERM",
  ];
}
