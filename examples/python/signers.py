"""Signed URLs of Gcore, nginx (ClubEvent), Bits on the Run and PUSHR. Standard library only.

`expires_at` is in whole Unix seconds. `url` is percent-encoded, as a browser sends it.
"""

import hashlib
from base64 import urlsafe_b64encode
from posixpath import normpath
from urllib.parse import unquote_plus, unquote_to_bytes, urlsplit


def gcore(base_url, client_id, video_id, secret, expires_at, kind="videos", file="master.m3u8"):
    """Opens a video's whole folder. `kind` is "videos", or "cmaf" or "streams" for live."""
    video = f"{client_id}_{video_id}"
    token = _md5_base64url(f"{video}_{secret}_{expires_at}_")
    return f"{base_url}/{kind}/{video}/{token}/{expires_at}/{file}"


def nginx_secure_link(url, secret, expires_at):
    """Opens one file, where `secure_link_md5` is "$secure_link_expires$uri {secret}"."""
    token = _md5_base64url(str(expires_at), _nginx_uri(url), f" {secret}")
    return _with_query(url, f"token={token}&expires={expires_at}")


def club_event(url, expires_at):
    """Replaces the `secret` in the query of a ClubEvent link with a token and its expiry."""
    bare, _, query = url.partition("?")
    pairs = query.split("&")
    secret = next(pair for pair in pairs if pair.startswith("secret="))
    rest = "&".join(pair for pair in pairs if pair != secret)
    unsigned = f"{bare}?{rest}" if rest else bare
    return nginx_secure_link(unsigned, unquote_plus(secret[len("secret="):]), expires_at)


def bits_on_the_run(url, secret, expires_at):
    """Opens one file. The path is signed without its first slash."""
    path = urlsplit(url).path[1:]
    signature = hashlib.md5(f"{path}:{expires_at}:{secret}".encode()).hexdigest()
    return _with_query(url, f"exp={expires_at}&sig={signature}")


def pushr_file(base_url, path, file, address, secret, expires_at):
    """Opens one file for one viewer's address. `path` has a slash at both ends."""
    token = _md5_base64url(secret, str(expires_at), path, file, address)
    return f"{base_url}/{token}/{expires_at}{path}{file}"


def pushr_title(base_url, path, file, address, secret, expires_at):
    """Opens a folder for one viewer's address, for HLS with relative links."""
    token = _md5_base64url(secret, path, address, str(expires_at))
    return f"{base_url}/{token}/{expires_at}{path}{file}?pushr={path}"


def _md5_base64url(*parts):
    joined = b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return urlsafe_b64encode(hashlib.md5(joined).digest()).decode().rstrip("=")


def _nginx_uri(url):
    """nginx's `$uri`: the path, decoded once, with dot segments resolved and slashes merged."""
    path = unquote_to_bytes(urlsplit(url).path)
    uri = b"/" + normpath(path).lstrip(b"/")
    return uri + b"/" if path.endswith((b"/", b"/.", b"/..")) and uri != b"/" else uri


def _with_query(url, pairs):
    return f"{url}{'&' if '?' in url else '?'}{pairs}"
