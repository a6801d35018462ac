"""Which file system a path lies on. SQLite's locks and shared memory hold on one host's own disks alone."""

from pathlib import Path
from typing import Final

NETWORK_TYPES: Final = frozenset({
    "9p", "afpfs", "afs", "ceph", "cifs", "coda", "davfs", "drvfs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "fuse.vmhgfs-fuse", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "prl_fs", "smb2",
    "smb3", "smbfs", "sshfs", "vboxsf", "vmhgfs", "webdav",
})  # fmt: skip
_SHARES: Final = ("//", "\\\\")


def network_type(path: Path) -> str:
    """Return what kind of network file system a path lies on, or would lie on; "" for this host's own disks."""
    if str(path).startswith(_SHARES):
        return "a network share"
    import psutil  # nobody else asks for it at a start

    resolved = path.resolve()
    lie_above = [one for one in psutil.disk_partitions(all=True) if resolved.is_relative_to(one.mountpoint)]
    # The deepest counts, and of those mounted over one another the last.
    nearest = max(reversed(lie_above), key=lambda one: len(Path(one.mountpoint).parts), default=None)
    if nearest is None:
        return ""
    is_remote = nearest.fstype.casefold() in NETWORK_TYPES or "remote" in nearest.opts.split(",")
    return (nearest.fstype or "a network drive") if is_remote else ""
