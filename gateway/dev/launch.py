"""Become a server of the embedded stack: tied to the parent's life, without root. Run as a script.

    python -I -S launch.py PARENT SIGNAL USER PROGRAM [ARGUMENT ...]

On Linux the kernel sends SIGNAL to the program when PARENT dies, however it dies: no server outlives its stack.
Elsewhere the next start ends what was left behind (`gateway.dev.state`).

USER is a user's name or `-`. PostgreSQL refuses root; as another user it cannot enter folders that root alone may
enter, where a clone in `/root` has both its data and its programs. So the program keeps one capability, to read and
enter any folder. A launcher of its own, because `preexec_fn` is unsafe beside threads and `setpriv` is not everywhere.
"""

import ctypes
import os
import pwd
import sys

_SET_PARENT_DEATH_SIGNAL, _KEEP_CAPABILITIES, _SET_SECURE_BITS, _AMBIENT, _AMBIENT_RAISE = (
    1,
    8,
    28,
    47,
    2,
)  # linux/prctl.h
_NO_SETUID_FIXUP = 1 << 2  # linux/securebits.h
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # linux/capability.h
_CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _keep_one_capability(libc: ctypes.CDLL) -> None:
    header, sets = _Header(_CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    libc.capget(ctypes.byref(header), sets)
    for capability in (_DAC_READ_SEARCH, _DAC_OVERRIDE):  # the lesser first; a container may grant the second only
        if sets[0].permitted & (1 << capability):
            sets[0] = _Sets(1 << capability, 1 << capability, 1 << capability)
            sets[1] = _Sets(0, 0, 0)
            libc.capset(ctypes.byref(header), sets)
            libc.prctl(_AMBIENT, _AMBIENT_RAISE, capability, 0, 0)
            return


def _become(name: str, libc: ctypes.CDLL | None) -> None:
    user = pwd.getpwnam(name)
    if libc:
        libc.prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
        libc.prctl(_SET_SECURE_BITS, _NO_SETUID_FIXUP, 0, 0, 0)  # else access(2), by which initdb looks, counts none
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if libc:
        _keep_one_capability(libc)


def end_with(parent: int, signal: int) -> None:
    """Have the kernel send `signal` to this process when `parent` dies (Linux; nothing elsewhere)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        sys.exit("The parent process is gone.")


def main(parent: int, signal: int, user: str, command: list[str]) -> None:
    """Replace this process by `command`; returns only by raising."""
    if user != "-":
        _become(user, ctypes.CDLL(None) if sys.platform == "linux" else None)
    end_with(parent, signal)  # after setuid, which clears it
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
