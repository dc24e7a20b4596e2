/** The file systems of the database and the locks: their kinds, and free space. @module */
import { messageOf } from "../base/errors.ts";
import { bytesText } from "../base/text.ts";
import { CURRENT_OS, type Os, osName } from "../platform/os.ts";
import { hasFileSystemNumbers } from "../platform/services.ts";
import { type Finding, ok, wrong } from "./finding.ts";

/** As much of statfs(2) as is used. */
export interface Statfs {
  readonly type: number;
  readonly bsize: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

interface FileSystem {
  readonly name: string;
  /** `network` cannot be trusted with locks; `unsure` depends on its implementation. */
  readonly kind: "local" | "memory" | "network" | "unsure";
}

/** By "Filesystem magic numbers" in statfs(2), and linux/magic.h. */
const KNOWN: Readonly<Record<number, FileSystem>> = {
  0x6969: { name: "NFS", kind: "network" },
  0x517b: { name: "SMB", kind: "network" },
  0xff534d42: { name: "CIFS", kind: "network" },
  0xfe534d42: { name: "SMB 2", kind: "network" },
  0x01021997: { name: "9p", kind: "network" },
  0x5346414f: { name: "AFS", kind: "network" },
  0x6b414653: { name: "AFS", kind: "network" },
  0x73757245: { name: "Coda", kind: "network" },
  0x00c36400: { name: "Ceph", kind: "network" },
  0x564c: { name: "NCP", kind: "network" },
  0x0bd00bd0: { name: "Lustre", kind: "network" },
  0x47504653: { name: "GPFS", kind: "network" },
  0x01161970: { name: "GFS2", kind: "network" },
  0x7461636f: { name: "OCFS2", kind: "network" },
  0x65735546: { name: "FUSE", kind: "unsure" },
  0x786f4256: { name: "VirtualBox shared folder", kind: "network" },
  0xbacbacbc: { name: "VMware shared folder", kind: "network" },
  0x01021994: { name: "tmpfs", kind: "memory" },
  0x858458f6: { name: "ramfs", kind: "memory" },
  0xef53: { name: "ext2, ext3 or ext4", kind: "local" },
  0x58465342: { name: "XFS", kind: "local" },
  0x9123683e: { name: "Btrfs", kind: "local" },
  0x2fc12fc1: { name: "ZFS", kind: "local" },
  0xf2f52010: { name: "F2FS", kind: "local" },
  0xca451a4e: { name: "bcachefs", kind: "local" },
  0x794c7630: { name: "overlay", kind: "local" },
  0x3153464a: { name: "JFS", kind: "local" },
  0x52654973: { name: "ReiserFS", kind: "local" },
  0x4d44: { name: "FAT", kind: "unsure" },
  0x2011bab0: { name: "exFAT", kind: "unsure" },
  0x5346544e: { name: "NTFS", kind: "unsure" },
  0x7366746e: { name: "NTFS", kind: "unsure" },
};

/** The kind of a file system by `type` of statfs, which may be sign-extended. */
export function fileSystemOf(type: number | bigint): FileSystem | undefined {
  return KNOWN[Number(BigInt.asUintN(32, BigInt(type)))];
}

/** Below it the next ingest of a year of quotes may not fit. */
const LITTLE_BYTES = 1e9;
/** Below it not even the write-ahead log fits, which is moved into the database each 32 MB. */
const LEAST_BYTES = 100e6;
/** How many files more there have to be room for: locks, backups, the spill file. */
const LEAST_FILES = 1000;

const WHY_DATABASE = "the write-ahead log needs memory that all processes share, which a network " +
  "file system lacks; SQLite on one is how databases get damaged";

const WHY_LOCKS =
  "flock(2) there may hold on this machine only, or not at all, so two runs could work " +
  "on one ticker";

function kindFinding(
  what: "database" | "lock folder",
  path: string,
  type: number,
  os: Os,
): Finding {
  const [why, option] = what === "database" ? [WHY_DATABASE, "--db"] : [WHY_LOCKS, "--lock-dir"];
  const where = `${what} ${path}`;
  const fine = (message: string): Finding => ok("file_system", message);
  if (!hasFileSystemNumbers(os)) {
    const system = osName(os);
    return fine(
      `${where}: the kind of file system cannot be told on ${system}; it has to be a local one`,
    );
  }
  const found = fileSystemOf(type);
  if (found === undefined) {
    return wrong(
      "unknown_file_system",
      `${where}: a file system of an unknown kind (0x${type.toString(16)})`,
      `See with findmnt -T ${path} that it is a local one: ${why}.`,
    );
  }
  const on = `${where} is on ${found.name}`;
  if (found.kind === "network") {
    const hint = `Choose a local file system with ${option}.`;
    return wrong("network_file_system", `${on}, a network file system: ${why}`, hint);
  }
  if (found.kind === "unsure") {
    return wrong(
      "doubtful_file_system",
      `${on}, which may lack what is needed: ${why}`,
      `See with findmnt -T ${path} what is behind it, or choose another place with ${option}.`,
    );
  }
  if (found.kind === "memory" && what === "database") {
    return wrong(
      "database_in_memory",
      `${on}: it is gone with the next start of the machine`,
      "Choose a file system on a disk with --db.",
    );
  }
  return fine(on);
}

function spaceFinding(what: string, path: string, found: Statfs): Finding {
  const free = found.bavail * found.bsize;
  const message = `${what} ${path}: ${bytesText(free)} free`;
  const hint = "Free some space: nothing is lost while there is none, but nothing is brought in.";
  if (free < LEAST_BYTES) return wrong("no_space", message, hint);
  // Some file systems, Btrfs among them, have no fixed number of files and say 0.
  if (found.files > 0 && found.ffree < LEAST_FILES) {
    return wrong("few_files", `${message}, but room for ${found.ffree} more files only`, hint);
  }
  return free < LITTLE_BYTES ? wrong("little_space", message, hint) : ok("free_space", message);
}

/** Kind of file system and free space. @param existing The place or the nearest folder above. */
export function checkDisk(
  what: "database" | "lock folder",
  path: string,
  existing: string,
  statfs: (path: string) => Statfs = (path) => process.getBuiltinModule("node:fs").statfsSync(path),
  os: Os = CURRENT_OS,
): Finding[] {
  let found: Statfs;
  try {
    found = statfs(existing);
  } catch (reason) {
    const message = `${what} ${path}: kind of file system and free space cannot be told: ` +
      messageOf(reason);
    const hint = "Allow it with --allow-sys=statfs; or see df -hT.";
    return [wrong("file_system_untold", message, hint)];
  }
  const findings = [kindFinding(what, path, found.type, os)];
  // The lock files are of 512 bytes each.
  if (what === "database") findings.push(spaceFinding(what, path, found));
  return findings;
}
