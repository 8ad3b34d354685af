"""Which Chromium is used, and how it is started."""
from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

INSTALL = "playwright install chromium (or: apt-get install chromium)"
"""What a user without a browser can do; both are one command."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = ("/usr/bin", "/usr/local/bin", "/snap/bin", "/Applications/Google Chrome.app/Contents/MacOS", "/Applications/Chromium.app/Contents/MacOS")
_OWN = ("*/chrome", "*/headless_shell", "*/chrome-headless-shell", "*/Chromium.app/Contents/MacOS/Chromium")
HEAP_MEGABYTES = 512
"""Of one page's scripts; V8 ends a page that wants more. Memory beside the heap is watched from outside."""

# Nothing that does not go through the proxy of ours, nothing in the background, nothing that outlives the page.
_ARGUMENTS = (
    "--disable-quic", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--dns-prefetch-disable", "--no-pings", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-domain-reliability", "--disable-gpu",
    "--disable-extensions", "--mute-audio", "--autoplay-policy=user-gesture-required", "--disable-remote-fonts", "--disable-notifications",
    "--deny-permission-prompts", "--disable-features=PrefetchPrivacyChanges,SpeculationRulesPrefetchProxy,MediaRouter,Translate,OptimizationHints",
)


def find(named: str = "") -> str | None:
    """The browser's path: the one that is named, else Playwright's own, Debian's, Chrome; None where there is none."""
    if named:
        return shutil.which(named)
    return next((str(path) for path in _candidates() if os.access(path, os.X_OK)), None)


def _candidates() -> Iterable[str | Path]:
    kept = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folder = Path(kept) if kept and kept != "0" else Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    builds = [path for path in folder.glob("chromium*-*") if path.name.rsplit("-", 1)[-1].isdigit()]
    for build in sorted(builds, key=lambda path: int(path.name.rsplit("-", 1)[-1]), reverse=True):
        for pattern in _OWN:
            yield from sorted(build.glob(pattern))
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            yield found
    yield from (f"{place}/{name}" for place in _PLACES for name in (*_NAMES, "Google Chrome", "Chromium"))


def sandboxed() -> bool:
    """Whether Chromium may start in its sandbox: as root it refuses to."""
    return not hasattr(os, "geteuid") or os.geteuid() != 0


def proxy_of_environment() -> dict[str, str] | None:
    """The user's own proxy, which looks names up itself (setting ``HTTPPROXY_ENABLED``), as Playwright takes it."""
    found = getproxies()
    text = found.get("https") or found.get("http")
    if not text:
        return None
    url = urlsplit(text if "//" in text else f"http://{text}")
    server = {"server": f"{url.scheme}://{url.hostname}:{url.port or 80}"}
    return server | ({"username": unquote(url.username), "password": unquote(url.password or "")} if url.username else {})


def launch_options(path: str, proxy: dict[str, str], mark: str, sandbox: bool) -> dict[str, object]:
    """Playwright's options: a headless browser that reaches the network through ``proxy`` only; ``mark`` stands on its command line."""
    return {
        "executable_path": path, "headless": True, "chromium_sandbox": sandbox, "timeout": 30_000,
        "args": [*_ARGUMENTS, f"--js-flags=--max-old-space-size={HEAP_MEGABYTES}", mark],
        "proxy": proxy,  # Playwright sends loopback through it too
        # The run decides when its browser ends, not the signal that stops the run.
        "handle_sigint": False, "handle_sigterm": False, "handle_sighup": False,
    }
