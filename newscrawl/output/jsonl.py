"""JSON lines on disk: every line is there whole or not at all, also after ``kill -9``, also gzipped.

Appending, one line is one write to the file's end, and a torn last line (power cut, full disk) is cut off when the file is next
opened; a last line of somebody's own, which lacks only its newline, is ended with one. A ``.gz`` file is a chain of gzip members of whole lines: each batch of lines is one member, and a torn last member is
cut off likewise. Overwriting, the lines go to a temporary file in the same folder, which takes the old file's place only at
:meth:`LineWriter.commit`.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import gzip
import os
import re
import stat
import zlib
from pathlib import Path
from typing import Any

import msgspec
from itemadapter import ItemAdapter

from newscrawl.items import SCHEMA, Article
from newscrawl.rejections import Rejection

GZIP_BATCH = 256 * 1024
"""Bytes of lines in one gzip member: large enough to compress well, small enough to lose little when killed."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_BLOCK = 1 << 20


def encode_article(article: Article) -> bytes:
    """The article's line, with its newline; keys in the order of DESIGN section 4."""
    return _encode(article)


def encode_rejection(rejection: Rejection) -> bytes:
    """The rejection's line, with its newline: url, reason, detail, fetched_at, run_id."""
    return _encode(rejection.row())


def is_record(item: Any) -> bool:
    """Whether an item is a record of ours, as an article or as what an item pipeline made of one."""
    return isinstance(item, Article) or (ItemAdapter.is_item(item) and ItemAdapter(item).get("schema") == SCHEMA)


def encode_record(item: Any) -> bytes:
    """The line of a record of ours (:func:`is_record`)."""
    return _encode(item if isinstance(item, msgspec.Struct) else ItemAdapter(item).asdict())


def _encode(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold; one such page must not stop the export
        return msgspec.json.encode(_scrub(msgspec.to_builtins(value))) + b"\n"


def _scrub(value: Any) -> Any:
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case dict():
            return {_scrub(key): _scrub(item) for key, item in value.items()}
        case list() | tuple():
            return [_scrub(item) for item in value]
    return value


def rejects_path(path: str | os.PathLike[str]) -> Path:
    """Where the rejections of an output go: ``a.jsonl`` → ``a.rejects.jsonl``, ``a.jsonl.gz`` → ``a.rejects.jsonl.gz``."""
    path = Path(path)
    inner = Path(path.stem) if path.suffix == ".gz" else Path(path.name)
    ending = path.suffix if path.suffix == ".gz" else ""
    return path.with_name(f"{inner.stem}.rejects{inner.suffix or '.jsonl'}{ending}")


class LineWriter:
    """Writes lines to a file: appends, or with ``overwrite`` replaces the file when :meth:`commit` is called.

    Raises OSError with the path in it when the file cannot be opened or written. After :meth:`write` without ``.gz`` the line is
    with the kernel (it survives the process, not a power cut until :meth:`flush`); with ``.gz`` it is so after :meth:`flush`.
    """

    def __init__(self, path: str | os.PathLike[str], overwrite: bool = False) -> None:
        self.path = Path(path)
        self.overwrite = overwrite
        self.lines = 0
        self._gzip = self.path.suffix == ".gz"
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._temporary: Path | None = None
        self._target = Path(os.path.realpath(self.path))  # a link stays a link
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._fd = self._open_temporary() if overwrite else self._open_for_append()

    @property
    def length(self) -> int:
        """The bytes that are in the file, without what waits to be packed."""
        return (
            os.fstat(self._fd).st_size if self._fd >= 0 else self._target.stat().st_size if self._target.exists() else 0
        )

    def write(self, line: bytes) -> None:
        """Adds one line, which ends in a newline."""
        if not self._gzip:
            self._put(line)
        else:
            self._batch.append(line)
            self._batch_bytes += len(line)
            if self._batch_bytes >= GZIP_BATCH:
                self._put_member()
        self.lines += 1

    def flush(self, sync: bool = True) -> None:
        """Hands everything written so far to the kernel, and with ``sync`` to the disk."""
        self._put_member()
        if sync:
            _sync(self._fd)

    def commit(self) -> None:
        """Ends the file: to disk, and in its place."""
        if self._fd < 0:
            return
        try:
            if self._gzip and not self.lines and os.fstat(self._fd).st_size == 0:
                self._put(gzip.compress(b"", mtime=0))  # a file of no bytes is no gzip file, says gunzip
            self.flush()
        except OSError:
            self.abort()
            raise
        self._close()
        if self._temporary:
            os.replace(self._temporary, self._target)
            self._temporary = None
            _sync_folder(self._target.parent)

    def abort(self) -> None:
        """Ends without replacing: an overwritten file stays as it was, an appended one keeps its whole lines."""
        if self._fd < 0:
            return
        if not self.overwrite:
            with contextlib.suppress(OSError):  # the disk may be full, which is then why we are here
                self._put_member()
        self._close()
        if self._temporary:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    def __enter__(self) -> LineWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.commit()
        else:
            self.abort()

    def _open_for_append(self) -> int:
        fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            if stat.S_ISREG(os.fstat(fd).st_mode):
                end = _whole_members(fd) if self._gzip else _whole_lines(fd)
                if end < os.fstat(fd).st_size and (self._gzip or _torn(os.pread(fd, os.fstat(fd).st_size - end, end))):
                    os.ftruncate(fd, end)
                elif end < os.fstat(fd).st_size:
                    os.write(fd, b"\n")  # somebody's own line, whose end an editor left out
        except OSError as error:
            os.close(fd)
            raise self._named(error) from error
        return fd

    def _open_temporary(self) -> int:
        if self.path.exists() and not self.path.is_file():
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self.path))
            return os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)  # /dev/stdout, a pipe: nothing there to keep
        if self.path.exists() and not os.access(self.path, os.W_OK):  # os.replace asks only the folder
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(self.path))
        temporary = self._target.with_name(f".{self._target.name}.part")
        try:
            fd = _open_locked(temporary)
        except OSError as error:
            raise self._named(error) from error
        self._temporary = temporary
        os.ftruncate(fd, 0)  # what a killed run left
        if self.path.exists():
            os.fchmod(fd, self.path.stat().st_mode & 0o777)
        return fd

    def _named(self, error: OSError) -> OSError:
        """The error with the path that the user knows."""
        return OSError(error.errno or errno.EINVAL, error.strerror or str(error), str(self.path))

    def _put_member(self) -> None:
        if self._batch:
            member = gzip.compress(b"".join(self._batch), 6, mtime=0)
            self._batch.clear()
            self._batch_bytes = 0
            self._put(member)

    def _put(self, data: bytes) -> None:
        done = 0
        try:
            while done < len(data):
                done += os.write(self._fd, memoryview(data)[done:])
        except OSError as error:
            self._take_back(done)
            raise self._named(error) from error

    def _take_back(self, done: int) -> None:
        """Cuts off the half of a line that went in before the disk was full, unless another run has written behind it."""
        with contextlib.suppress(OSError):  # if this fails too, the next opening cuts it
            end = os.lseek(self._fd, 0, os.SEEK_CUR)
            if done and os.fstat(self._fd).st_size == end:
                os.ftruncate(self._fd, end - done)

    def _close(self) -> None:
        os.close(self._fd)
        self._fd = -1


def _torn(tail: bytes) -> bool:
    """Whether what stands behind the last newline is the beginning of a line of ours, and not somebody's own."""
    if not tail.lstrip().startswith(b"{"):
        return False
    try:
        msgspec.json.decode(tail)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True
    return False


def _whole_lines(fd: int) -> int:
    """Where the last newline ends; 0 when there is none."""
    end = os.fstat(fd).st_size
    while end:
        start = max(0, end - _BLOCK)
        newline = os.pread(fd, end - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def _whole_members(fd: int) -> int:
    """Where the last whole gzip member ends. Raises OSError when the file is not gzip at all, so that no stranger's file is cut."""
    end = position = 0
    member = zlib.decompressobj(wbits=31)
    rest = b""
    while chunk := rest or os.pread(fd, _BLOCK, position):
        try:
            if not rest:
                position += len(chunk)
            member.decompress(chunk)
        except zlib.error as error:
            if end == 0:
                raise OSError(errno.EINVAL, "is not a gzip file, so nothing can be appended to it") from error
            return end
        rest = member.unused_data
        if member.eof:
            end = position - len(rest)
            member = zlib.decompressobj(wbits=31)
    return end


def _open_locked(path: Path) -> int:
    """Opens a temporary file that no other run holds; OSError (EBUSY) if one does."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.exists(path) and os.path.samestat(os.stat(path), os.fstat(fd)):
                return fd
        except BlockingIOError:
            os.close(fd)
            raise OSError(errno.EBUSY, "another run is writing this file") from None
        os.close(fd)  # renamed by its owner between our two calls


def _sync(fd: int) -> None:
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:  # a pipe, a terminal, some network file systems
            raise


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        _sync(fd)
    finally:
        os.close(fd)
