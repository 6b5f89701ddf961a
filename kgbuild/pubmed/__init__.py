"""PubMed and PMC through NCBI's E-utilities: whole results, politely, once.

:func:`fetch` turns a query or PMIDs into documents. What it promises:

* **Whole.** PubMed lists at most 9,999 hits of a query. A larger result is split by
  date of entry, down to single days and then by other dates, until every part can be
  listed; the parts are checked against the total. It ends with all of the hits or with
  a :class:`~kgbuild.errors.ShortfallError`.
* **Polite.** All threads and processes of a user share one limit: 3 requests in any
  second, 10 with a key. ``Retry-After`` is honoured by all of them.
* **Robust.** What fails is asked for again, with growing pauses; a batch that always
  fails is halved down to the PMID that is to blame, which is reported, and the rest is
  delivered. Records are joined by PMID, never by position.
* **Once.** Raw answers are kept in one SQLite file; a run that was stopped goes on
  where it stopped.

Addresses: E-utilities are called through Biopython's :mod:`Bio.Entrez`. The base
address is a setting (``base_url`` or ``KGBUILD_EUTILS_URL``); plain ``http`` is
accepted for this machine alone. The API key travels in the body of requests, never in
an address, and is in no message.
"""

from __future__ import annotations

from kgbuild.pubmed.client import EntrezClient
from kgbuild.pubmed.eutils import EntrezSettings
from kgbuild.pubmed.fetching import FetchSummary, fetch, fetch_file
from kgbuild.pubmed.pmid_lists import read_pmids
from kgbuild.pubmed.search import SearchResult

__all__ = [
    "EntrezClient",
    "EntrezSettings",
    "FetchSummary",
    "SearchResult",
    "fetch",
    "fetch_file",
    "read_pmids",
]
