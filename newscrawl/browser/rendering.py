"""Defines what is asked of a browser, what it gives, and the scripts that read its page. It loads no browser, for runs that need none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from newscrawl.sites.registry import Site


@dataclass(frozen=True, kw_only=True)
class Order:
    """A page to be rendered: its document as the plain way brought it, and what is known of its site."""

    url: str
    body: bytes
    content_type: str
    user_agent: str
    site: Site
    allowed: Callable[[str], Awaitable[bool]]
    """Whether a further request may be made: robots.txt, hosts that are left alone."""
    listing: bool = False
    """A page that lists articles: it is scrolled to its end within the site file's steps."""


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A page as the browser showed it."""

    html: str
    browser: str
    """Name and version."""
    asked: dict[str, int] = field(default_factory=dict)
    """Further requests that the page made, by host (``urls.origin``)."""
    stopped: dict[str, int] = field(default_factory=dict)


class RenderFailed(Exception):
    """The browser could not show a page; the text says why. ``passing``: it may in another run."""

    def __init__(self, why: str, *, passing: bool = True) -> None:
        super().__init__(why)
        self.passing = passing


LEAST = 200
"""Characters from which a text may be an article's."""

# What the scripts below share. The page's open shadow roots are part of it; the frames it may look into are where it shows nothing itself.
_SHARED = """
const roots = (root = document, all = []) => {
  all.push(root);
  for (const one of root.querySelectorAll('*')) if (one.shadowRoot) roots(one.shadowRoot, all);
  return all };
const inside = selector => roots().flatMap(root => [...root.querySelectorAll(selector)]);
const long = one => String(one && one.innerText || '').length;
const own = () => long(document.body) + roots().slice(1).flatMap(root => [...root.children])
  .reduce((sum, one) => sum + (/^(style|script|template)$/.test(one.localName) ? 0 : long(one)), 0);
const body = frame => frame.getClientRects().length && frame.contentDocument && frame.contentDocument.body;
const frames = () => inside('iframe').filter(frame => long(body(frame)));
const links = () => inside('a[href]').filter(a => /^https?:/.test(a.href) && !a.closest('nav, footer, [role=navigation], [role=contentinfo]'))
  .slice(0, 3000).map(a => [a.href, (a.innerText || a.title).trim().slice(0, 300), a.rel,
    !!(a.closest('h1, h2, h3, h4, h5, h6') || a.querySelector('h1, h2, h3, h4, h5, h6'))]);
"""

SIZE = f"""() => {{ {_SHARED}
  if (!document.body) return [0, 0];
  const text = own();
  return [text < {LEAST} ? frames().reduce((sum, frame) => sum + long(body(frame)), text) : text, inside('a[href]').length]; }}"""
"""Characters that the page shows, and its links."""

LINKS = f"() => {{ {_SHARED} return links(); }}"
"""The page's links outside its menus: address, words, ``rel``, whether it is a headline."""

SCROLL = f"""async () => {{ {_SHARED}
  const page = document.scrollingElement || document.documentElement;
  const boxes = inside('*').filter(one => one.clientHeight >= 100 && one.scrollHeight > one.clientHeight + 1
    && /auto|scroll|overlay/.test(getComputedStyle(one).overflowY)).slice(0, 10);
  const all = [...new Set([page, ...boxes])].map(one => [one, one.scrollHeight]);
  const to = (one, top) => one.scrollTo({{ top, behavior: 'instant' }});
  const seen = new Map();
  for (let screen = 0; screen < 20; screen++) {{
    for (const link of links()) if ((seen.get(link[0]) || link)[1].length <= link[1].length) seen.set(link[0], link);
    let moved = false;
    for (const [one, end] of all) {{
      const before = one.scrollTop;
      to(one, Math.max(before, Math.min(before + one.clientHeight, end - one.clientHeight)));
      moved ||= one.scrollTop > before }}
    if (!moved) break;
    await new Promise(done => {{ setTimeout(done, 100); requestAnimationFrame(() => requestAnimationFrame(done)) }}) }}
  const holders = new Map();  // with no style sheets, most boxes have no end of their own, and yet their lists wait for it
  for (const a of inside('a[href]').slice(0, 3000))
    for (let one = a.parentElement; one && one !== document.body; one = one.parentElement) holders.set(one, (holders.get(one) || 0) + 1);
  const lists = [...holders].filter(([, number]) => number >= 3).map(([one]) => one).slice(0, 50);
  for (const [one] of all) to(one, one.scrollHeight);
  for (const one of new Set([...boxes, ...lists])) one.dispatchEvent(new Event('scroll'));
  window.dispatchEvent(new Event('scroll'));
  return [...seen.values()]; }}"""
"""Scrolls the page, and boxes in it, to their ends, screen by screen, as there are lists that hold no more than they show; gives the links on the way."""

READ = f"""() => {{ {_SHARED}
  const taken = new Set(own() < {LEAST} ? frames().filter(frame => long(body(frame)) >= {LEAST}) : []);
  if (roots().length === 1 && !taken.size) return null;
  const into = document.implementation.createHTMLDocument('');  // nothing that is copied there comes to life
  const copy = (node, to) => {{
    if (node.localName === 'slot' && node.getRootNode().host) return node.assignedNodes({{ flatten: true }}).forEach(one => copy(one, to));
    const whole = node.nodeType !== 1 || node.localName === 'template', frame = taken.has(node);
    const here = to.appendChild(frame ? into.createElement('div') : into.importNode(node, whole));
    if (node.localName === 'noscript') here.innerHTML = node.textContent;
    else if (!whole) (frame ? body(node) : node.shadowRoot || node).childNodes.forEach(one => copy(one, here)) }};
  const html = into.createElement('div');
  copy(document.documentElement, html);
  return '<!DOCTYPE html>' + html.innerHTML; }}"""
"""The page's HTML with its shadow roots, and the frames that have its text, in their places; null where it has neither."""
