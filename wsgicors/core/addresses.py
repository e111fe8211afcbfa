"""Hosts that are addresses, as the URL standard reads and serialises them."""

import re


def ends_in_a_number(host: str) -> bool:
    """Tell whether a host would be read as an address (URL, "ends in a number checker")."""
    last = host.removesuffix(".").rpartition(".")[2]
    if last.startswith("0x"):
        return not last[2:].strip("0123456789abcdef")
    return last.isascii() and last.isdigit()


def canonical_ip(host: str) -> str | None:
    """Return an address as the URL standard serialises it, or ``None`` for what is none.

    >>> canonical_ip("0x7f.1"), canonical_ip("[0:0:0:0:0:0:0:1]"), canonical_ip("1.2.3.4.5")
    ('127.0.0.1', '[::1]', None)
    """
    import ipaddress  # costs more than all of this package to import, and few need it

    try:
        if host.startswith("["):
            address = ipaddress.IPv6Address(host[1:].removesuffix("]").partition("%")[0])
            if address.ipv4_mapped is None:
                return f"[{address}]"
            # Python may print the last 32 bits as an IPv4 address; the URL standard never does.
            low = int(address) & 0xFFFFFFFF
            return f"[::ffff:{low >> 16:x}:{low & 0xFFFF:x}]"
        *leading, last = [_ipv4_number(part) for part in host.removesuffix(".").split(".")]
        # Every part but the last is one byte; the last fills what is left ("IPv4 parser").
        if len(leading) > 3 or any(n > 255 for n in leading) or last >= 256 ** (4 - len(leading)):
            return None
        number = last + sum(n << 8 * (3 - index) for index, n in enumerate(leading))
        return str(ipaddress.IPv4Address(number))
    except ValueError:
        return None


def _ipv4_number(part: str) -> int:
    if re.fullmatch("[0-9]+|0x[0-9a-f]*", part) is None:
        raise ValueError(part)  # int() alone would take signs, spaces and underscores
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)
