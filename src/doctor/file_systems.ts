/**
 * Kinds of file systems by the number that statfs(2) gives.
 *
 * @module
 */

/** What a kind of file system means for locks and for the database. */
export interface FileSystem {
  readonly name: string;
  /** `network` cannot be trusted with locks; `unsure` depends on what is behind it. */
  readonly kind: "local" | "memory" | "network" | "unsure";
}

/**
 * The numbers are those of "Filesystem magic numbers" in statfs(2), and of linux/magic.h where that
 * page has none.
 */
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

/**
 * The kind of a file system.
 *
 * @param type `type` of statfs, which may have been sign-extended.
 * @returns Undefined for a number that is not in the table.
 */
export function fileSystemOf(type: number | bigint): FileSystem | undefined {
  return KNOWN[Number(BigInt.asUintN(32, BigInt(type)))];
}
