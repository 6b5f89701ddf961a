"""What a notebook shows: text with its mentions, graphs, tables.

Nothing here needs a network, and nothing shows text as anything but text.
"""

from __future__ import annotations
